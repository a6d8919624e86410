"""The commands as a user types them: exit statuses, what goes to which stream, and messages that name the remedy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.cli import app
from flows.passes import Pass
from tests.publisher import Publisher, rss
from warehouse import database
from warehouse.settings import Settings

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cli(settings: Settings) -> Cli:
    """`usven` in a process of its own, with no Prefect server to find."""

    def run(
        *arguments: str,
        given: str = "",
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("USVEN_", "PREFECT_"))}
        own |= {
            "USVEN_DATA": str(settings.data),
            "USVEN_ALLOW_ADDRESSES": "127.0.0.1",
            "USVEN_HOST_DELAY_SECONDS": "0",
            "COLUMNS": "200",
        }
        return subprocess.run(
            [sys.executable, "-m", "flows.cli", *arguments],
            env=own | environment,
            input=given,
            stdout=stdout,
            stderr=stderr,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def filled(publisher: Publisher, poll: Callable[..., Pass]) -> None:
    publisher.documents["a.xml"] = rss([("call", "Trump and Maduro speak by phone"), ("rain", "Rain in Lisbon")])
    poll()


def test_run_prints_one_json_object_and_nothing_else(cli: Cli, publisher: Publisher, tmp_path: Path) -> None:
    publisher.documents["a.xml"] = rss([("call", "Trump and Maduro speak by phone")])
    (tmp_path / "feeds.txt").write_text(publisher.urls())
    done = cli("run", "--feeds", str(tmp_path / "feeds.txt"), "--all", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["feeds"] == {"due": 1, "fetched": 1, "not_modified": 0, "unchanged": 0, "failed": 0}
    assert found["entries"] == {"seen": 1, "new": 1, "revised": 0}
    assert {"run_id", "articles_new", "stories_new", "relevant_new", "events_new", "seconds"} <= found.keys()
    assert "without" in done.stderr


def test_run_exits_with_3_when_every_due_feed_failed(cli: Cli, publisher: Publisher, tmp_path: Path) -> None:
    publisher.statuses["a.xml"] = 500
    (tmp_path / "feeds.txt").write_text(publisher.urls())
    done = cli("run", "--feeds", str(tmp_path / "feeds.txt"))
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)


@pytest.mark.parametrize(
    ("arguments", "environment", "status", "words"),
    [
        (("run", "--no-such-option"), {}, 2, "No such option"),
        (("status",), {"USVEN_PERHOST": "3"}, 2, "USVEN_PER_HOST"),
        (("run", "--feeds", "nowhere.csv"), {}, 2, "nowhere.csv"),
        (("import", "nowhere.jsonl"), {}, 2, "nowhere.jsonl"),
        (("status",), {}, 4, "usven run"),
        (("sql", "SELECT 1"), {}, 4, "usven run"),
        (("feeds", "disable", "no-such-feed"), {}, 2, "usven feeds list"),
    ],
)
def test_what_a_user_can_mend_is_one_line_and_an_exit_status(
    cli: Cli, arguments: tuple[str, ...], environment: dict[str, str], status: int, words: str
) -> None:
    done = cli(*arguments, **environment)
    assert done.returncode == status, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_foreign_file_in_the_warehouses_place_is_an_unusable_warehouse(cli: Cli, settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    settings.warehouse_path.write_bytes(b"this is no database" * 500)
    done = cli("run")
    assert done.returncode == 4
    assert "move the file away" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("filled")
def test_sql_shows_a_table_csv_json_and_writes_parquet(cli: Cli, tmp_path: Path) -> None:
    query = "SELECT title, is_relevant FROM core.articles ORDER BY title"
    assert "Rain in Lisbon" in cli("sql", query).stdout
    assert cli("sql", "--csv", query).stdout.splitlines()[0] == "title,is_relevant"
    assert json.loads(cli("sql", "--json", query).stdout)["rows"][0] == {
        "title": "Rain in Lisbon",
        "is_relevant": False,
    }
    assert cli("sql", "--parquet", str(tmp_path / "a.parquet"), query).returncode == 0
    assert (tmp_path / "a.parquet").stat().st_size > 0
    assert cli("sql", "--json", given=query).stdout == cli("sql", "--json", query).stdout


@pytest.mark.usefixtures("filled")
def test_search_shows_the_story_that_holds_the_words(cli: Cli) -> None:
    found = cli("search", "MADÚRO", "phon*")
    assert (found.returncode, found.stdout.splitlines()[0]) == (0, "Trump and Maduro speak by phone")
    assert "1 stories" not in found.stdout
    assert "1 story" in found.stdout
    (story,) = json.loads(cli("search", "Trump and Maduro", "--since", "2025-11-24", "--json").stdout)["stories"]
    assert (story["title"], story["reported_at"]) == ("Trump and Maduro speak by phone", "2025-11-24T10:00:00Z")
    assert "must stand together" in cli("search", "Maduro Trump").stdout


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [((), "Give words"), (("!?",), "holds no word"), (("oil", "--topic", "energi"), "Did you mean energy")],
)
def test_a_search_that_cannot_be_made_is_wrong_usage(cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    done = cli("search", *arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert words in done.stderr


@pytest.mark.usefixtures("filled")
def test_sql_cannot_write_and_cannot_read_files(cli: Cli) -> None:
    for query in (
        "DELETE FROM core.articles",
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY core.articles TO 'x.csv'",
    ):
        done = cli("sql", query)
        assert done.returncode == 2, query
        assert "Traceback" not in done.stderr


@pytest.fixture
def deserted() -> Iterator[int]:
    """A pipe whose reader has left."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "Maduro"),
        ("search", "Maduro", "--json"),
        ("sql", "FROM core.articles"),
        ("sql", "--csv", "SELECT 1"),
        ("feeds", "list"),
        ("feeds", "export"),
        ("status",),
        ("--help",),
    ],
    ids=" ".join,
)
def test_a_reader_that_has_left_ends_any_command_quietly(cli: Cli, deserted: int, arguments: tuple[str, ...]) -> None:
    done = cli(*arguments, stdout=deserted)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.usefixtures("filled")
def test_a_command_without_standard_output_does_its_work(settings: Settings) -> None:
    command = f'"{sys.executable}" -m flows.cli sql --csv "SELECT 1" --data "{settings.data}" >&-'
    done = subprocess.run(command, shell=True, stderr=subprocess.PIPE, text=True)  # noqa: S602
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("filled")
def test_a_pass_whose_progress_nobody_reads_any_more_ends_as_one_that_failed(
    cli: Cli, publisher: Publisher, tmp_path: Path, deserted: int
) -> None:
    (tmp_path / "feeds.txt").write_text(publisher.urls())
    (tmp_path / "items.csv").write_text("title,url\nUS lifts sanctions on Venezuela,https://press.example/1\n")
    done = cli("import", str(tmp_path / "items.csv"), stderr=deserted)
    assert (done.returncode, done.stdout) == (141, "")
    assert cli("run", "--feeds", str(tmp_path / "feeds.txt"), "--all").returncode == 0
    runs = json.loads(cli("sql", "--json", "SELECT flow, status FROM raw.runs ORDER BY started_at DESC LIMIT 2").stdout)
    assert [(run["flow"], run["status"]) for run in runs["rows"]] == [("monitor", "completed"), ("import", "failed")]


@pytest.mark.usefixtures("filled")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full, of Linux")
def test_a_full_disk_under_what_is_printed_is_told_in_a_line(cli: Cli) -> None:
    with Path("/dev/full").open("w") as full:
        done = cli("sql", "--csv", "FROM core.articles", stdout=full.fileno())
    assert done.returncode == 2
    assert done.stderr == "usven: What is printed cannot be written: No space left on device.\n"


@pytest.mark.usefixtures("filled")
def test_status_and_check_tell_a_healthy_warehouse(cli: Cli) -> None:
    found = json.loads(cli("status", "--json").stdout)
    assert found["counts"] == {"entries": 2, "articles": 2, "relevant_articles": 1, "relevant_stories": 1}
    assert found["runs"][0]["status"] == "completed"
    assert "1 relevant" in cli("status").stdout
    assert "0 raised in the last day" in cli("status").stdout
    checked = cli("check", "--json")
    assert checked.returncode == 0
    assert json.loads(checked.stdout)["holds"] is True


@pytest.mark.usefixtures("filled")
def test_report_writes_a_page(cli: Cli, tmp_path: Path) -> None:
    done = cli("report", "--out", str(tmp_path / "site"))
    assert done.returncode == 0, done.stderr
    assert "Trump and Maduro speak by phone" in (tmp_path / "site" / "index.html").read_text()


def test_tag_labels_lines_without_a_warehouse(cli: Cli, settings: Settings) -> None:
    items = [{"id": "1", "title": "Trump and Maduro speak by phone"}, {"id": "2", "title": "Rain in Lisbon"}]
    done = cli("tag", given="\n".join(map(json.dumps, items)))
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["id"], first["level"], second["level"]) == ("1", 2, 0)
    assert first.keys() == {"id", "level", "score", "topics", "actors", "events", "evidence"}
    assert not settings.data.exists()


def test_the_catalogue_can_be_changed_and_goes_round_as_csv_and_opml(cli: Cli, tmp_path: Path) -> None:
    assert cli("feeds", "add", "https://news.example/rss", "--name", "example", "--language", "es").returncode == 0
    feeds = {feed["url"]: feed for feed in json.loads(cli("feeds", "list", "--json").stdout)["feeds"]}
    feed_id = feeds["https://news.example/rss"]["feed_id"]
    assert cli("feeds", "disable", feed_id, "--why", "too loud").returncode == 0
    again = {feed["feed_id"]: feed for feed in json.loads(cli("feeds", "list", "--json").stdout)["feeds"]}
    assert again[feed_id]["status"] == "disabled"
    assert "too loud" in again[feed_id]["words"]
    (tmp_path / "all.csv").write_text(cli("feeds", "export").stdout)
    (tmp_path / "all.opml").write_text(cli("feeds", "export", "--opml").stdout)
    for name in ("all.csv", "all.opml"):
        assert cli("feeds", "import", str(tmp_path / name)).stdout.startswith("0 feeds added")
    assert cli("feeds", "remove", feed_id).returncode == 0
    assert "news.example" not in cli("feeds", "export").stdout
    assert cli("feeds", "add", "https://news.example/rss").returncode == 0
    assert "news.example" in cli("feeds", "export").stdout


def test_feeds_check_says_what_is_wrong_and_finds_the_feed_behind_a_page(cli: Cli, publisher: Publisher) -> None:
    publisher.documents["good.xml"] = rss([("call", "Trump and Maduro speak by phone")])
    publisher.documents["page"] = (
        b"<!doctype html><html><head><title>News</title>"
        b"<link rel='alternate' type='application/rss+xml' title='All news' href='/good.xml'></head></html>"
    )
    good = cli("feeds", "check", publisher.url("good.xml"))
    assert (good.returncode, good.stdout[:3]) == (0, "ok ")
    page = cli("feeds", "check", publisher.url("page"), publisher.url("missing"))
    assert page.returncode == 1
    assert publisher.url("good.xml") in page.stdout
    assert "404" in page.stdout


def test_help_explains_every_command_with_an_example(cli: Cli) -> None:
    helped = cli("--help").stdout
    groups = {group.name or "": group.typer_instance for group in app.registered_groups}
    assert groups
    for name, group in {"": app, **groups}.items():
        assert name in helped
        for command in group.registered_commands:
            assert command.epilog, command.callback
            assert command.epilog.startswith(f"Example: `usven {name}".rstrip()), command.epilog
            assert getattr(command.callback, "__doc__", None), command.epilog
    assert "Example" in cli("alerts", "check", "--help").stdout


@pytest.mark.usefixtures("filled")
def test_replay_shows_what_it_would_change_and_stores_it_when_told(cli: Cli) -> None:
    dry = cli("replay", "--json")
    assert dry.returncode == 0, dry.stderr
    assert json.loads(dry.stdout)["articles"] == 2
    rebuilt = json.loads(cli("replay", "--rebuild", "--apply", "--json").stdout)
    assert (rebuilt["is_equal"], rebuilt["is_applied"]) == (True, True)
    assert "is equal" in cli("replay", "--rebuild").stdout
    assert cli("replay", "--rebuild", "--since", "2026-01-01").returncode == 2


@pytest.mark.usefixtures("filled")
def test_a_backup_is_made_and_restored_by_its_folder(cli: Cli, tmp_path: Path) -> None:
    made = json.loads(cli("backup", str(tmp_path / "saved"), "--json").stdout)
    assert (made["articles"], made["laws_broken"]) == (2, [])
    restored = cli("restore", str(tmp_path / "saved"))
    assert restored.returncode == 0, restored.stderr
    assert "2 articles" in restored.stdout
    nowhere = cli("restore", str(tmp_path / "nowhere"))
    assert (nowhere.returncode, "usven backup" in nowhere.stderr) == (2, True)


@pytest.mark.usefixtures("filled")
def test_export_writes_files_that_import_takes(cli: Cli, tmp_path: Path) -> None:
    written = json.loads(cli("export", str(tmp_path / "out"), "--json").stdout)
    assert written["rows"]["core.articles"] == 2
    taken = cli("import", str(tmp_path / "out" / "items.jsonl.gz"), "--json", USVEN_DATA=str(tmp_path / "elsewhere"))
    assert json.loads(taken.stdout)["articles_new"] == 2


@pytest.mark.usefixtures("filled")
def test_upkeep_answers_no_where_a_law_is_broken(cli: Cli, settings: Settings) -> None:
    assert json.loads(cli("upkeep", "--json").stdout)["laws"]["broken"] == []
    with database.writing(settings.warehouse_path) as connection:
        connection.execute("DELETE FROM core.stories")
    broken = cli("upkeep")
    assert broken.returncode == 1
    assert "Every article has one living story" in broken.stdout


@pytest.mark.usefixtures("filled")
def test_a_mistake_in_the_alert_rules_is_told_with_its_line(cli: Cli, settings: Settings) -> None:
    path = settings.data / "alerts.toml"
    path.write_text("[[rules]]\nname = 'a'\nkind = 'topic'\ntopics = ['sanctons']\n")
    done = cli("alerts", "check")
    assert (done.returncode, done.stdout) == (2, "")
    assert "line 1, rule 'a': there is no topic 'sanctons' (did you mean 'sanctions'?)" in done.stderr
    path.write_text("[[rules]]\nname = 'a'\nkind = 'dark'\n")
    assert cli("alerts", "check").stdout == "0 alerts raised.\n"
    assert cli("alerts", "list", "--json").stdout == '{"alerts": []}\n'
    assert cli("alerts", "test").returncode == 2
