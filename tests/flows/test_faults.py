"""What goes wrong with disks, files and clocks: exit status 4, one line that names the way out, and that way works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import checking, cli, passes, rebuilding
from flows.passes import Pass
from tests.publisher import Publisher, rss
from warehouse import lock, publish
from warehouse.settings import Settings

Poll = Callable[..., Pass]
Ask = Callable[[str], list[tuple[Any, ...]]]

CALL = ("call", "Trump and Maduro speak by phone")
STRIKE = ("strike", "US strikes boat off Venezuela")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    error: str


Usven = Callable[..., Answer]


@pytest.fixture
def usven(settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Usven:
    """The command line in this process, on the data folder of the settings; a traceback would fail the test."""
    for name in [name for name in os.environ if name.startswith(("USVEN_", "PREFECT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("USVEN_ALLOW_ADDRESSES", "127.0.0.1")
    monkeypatch.setenv("USVEN_HOST_DELAY_SECONDS", "0")
    monkeypatch.setenv("USVEN_DATA", str(settings.data))

    def run(*arguments: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["usven", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Answer(int(ended.value.code or 0), capfd.readouterr().err)

    return run


@pytest.fixture
def run(usven: Usven, publisher: Publisher, tmp_path: Path) -> Callable[[], Answer]:
    """`usven run` over all documents of the publisher."""

    def run() -> Answer:
        (tmp_path / "feeds.txt").write_text(publisher.urls())
        return usven("run", "--feeds", tmp_path / "feeds.txt", "--all")

    return run


@pytest.fixture
def filled(publisher: Publisher, run: Callable[[], Answer]) -> None:
    publisher.documents["a.xml"] = rss([CALL])
    assert run().status == 0


@pytest.fixture
def small_disk(settings: Settings) -> Iterator[Path]:
    """The data folder on a file system of its own."""
    settings.data.mkdir(parents=True)
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", settings.data]).returncode
    ):
        pytest.skip("needs root, and the right to mount, for a file system of its own")
    yield settings.data
    subprocess.run(["umount", "--lazy", settings.data], check=True)


def _broken(settings: Settings) -> list[str]:
    return [finding.law.name for finding in checking.check(settings) if not finding.holds]


@pytest.mark.parametrize("left_bytes", [0, 65_536, 900_000, 4_000_000])
def test_a_full_disk_loses_nothing_that_was_received(
    small_disk: Path, filled: None, publisher: Publisher, run: Callable[[], Answer], ask: Ask, settings: Settings,
    left_bytes: int,
) -> None:  # fmt: skip
    publisher.documents["a.xml"] = rss([(f"n{n}", f"US sanctions Venezuela, part {n}") for n in range(50)])
    room = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(b"x" * (room.f_bavail * room.f_frsize - left_bytes))
    answer = run()
    assert answer.status == 4
    assert "No space left on device" in answer.error
    assert "ake room" in answer.error
    (small_disk / "ballast").unlink()
    assert run().status == 0
    assert ask("SELECT count(*), count(DISTINCT guid) FROM raw.entries") == [(51, 51)]
    assert _broken(settings) == []


def test_readers_go_on_in_a_folder_that_became_read_only(
    small_disk: Path, filled: None, run: Callable[[], Answer], usven: Usven
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    answer = run()
    assert answer.status == 4
    assert "Make the folder writable" in answer.error
    assert usven("status").status == 0
    assert usven("check").status == 0


@pytest.mark.usefixtures("filled")
def test_a_truncated_warehouse_is_made_anew_from_the_raw_archive(
    run: Callable[[], Answer], settings: Settings, ask: Ask
) -> None:
    os.truncate(settings.warehouse_path, settings.warehouse_path.stat().st_size // 2)
    answer = run()
    assert answer.status == 4
    assert "move the file away and run again" in answer.error
    settings.warehouse_path.unlink()
    assert run().status == 0
    assert ask("SELECT title FROM core.articles") == [(CALL[1],)]


@pytest.mark.usefixtures("filled")
def test_a_truncated_warehouse_is_no_backup_and_can_be_restored(
    run: Callable[[], Answer], usven: Usven, settings: Settings, tmp_path: Path
) -> None:
    assert usven("backup", tmp_path / "saved").status == 0
    os.truncate(settings.warehouse_path, settings.warehouse_path.stat().st_size // 2)
    answer = usven("backup", tmp_path / "saved")
    assert answer.status == 4
    assert "usven restore" in answer.error
    assert usven("restore", tmp_path / "saved").status == 0
    assert run().status == 0
    assert _broken(settings) == []


@pytest.mark.usefixtures("filled")
def test_a_damaged_published_copy_is_replaced_by_the_next_run_whatever_it_finds(
    usven: Usven, settings: Settings, tmp_path: Path
) -> None:
    copy = settings.published_path.resolve()
    copy.chmod(0o644)
    os.truncate(copy, copy.stat().st_size // 4)
    answer = usven("check")
    assert answer.status == 4
    assert "`usven run` makes another" in answer.error
    assert usven("run", "--feeds", tmp_path / "feeds.txt").status == 0
    assert usven("check").status == 0


@pytest.mark.usefixtures("filled")
def test_a_write_ahead_log_of_another_state_is_refused_and_named(run: Callable[[], Answer], settings: Settings) -> None:
    log = settings.data / "usven.duckdb.wal"
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        connection.execute("UPDATE raw.runs SET message = 'left by a crash'")
    stale = log.read_bytes()
    assert run().status == 0
    log.write_bytes(stale)
    answer = run()
    assert answer.status == 4
    assert "usven.duckdb.wal, does not belong to it" in answer.error
    log.unlink()
    assert run().status == 0


@pytest.mark.usefixtures("filled")
def test_a_second_run_at_once_says_who_is_running(run: Callable[[], Answer], settings: Settings) -> None:
    with lock.exclusive(settings.data / "usven.lock", "a pass of monitor"):
        answer = run()
    assert answer.status == 4
    assert f"in use by a pass of monitor (process {os.getpid()}). Try again when it has finished." in answer.error
    assert run().status == 0


def test_a_data_folder_that_vanishes_under_a_run_is_told_and_the_next_run_has_what_was_received(
    publisher: Publisher, run: Callable[[], Answer], settings: Settings, ask: Ask
) -> None:
    class Thief(dict[str, bytes]):
        def get(self, path: str, default: Any = None) -> Any:
            shutil.rmtree(settings.data, ignore_errors=True)
            return super().get(path, default)

    document = rss([CALL])
    publisher.documents = Thief({"a.xml": document})
    answer = run()
    assert answer.status == 4
    assert f"There is no warehouse at {settings.warehouse_path}" in answer.error
    publisher.documents = {"a.xml": rss([STRIKE])}
    assert run().status == 0
    assert ask("SELECT title FROM core.articles ORDER BY title") == [(CALL[1],), (STRIKE[1],)]


def test_a_clock_that_was_set_back_a_day_stops_no_feed_and_a_rebuild_is_equal(
    publisher: Publisher, settings: Settings, ask: Ask, tmp_path: Path
) -> None:
    (tmp_path / "feeds.txt").write_text(publisher.url("a.xml"))

    def poll_at(clock: Callable[[], datetime]) -> Pass:
        return passes.monitor(settings, feeds_file=tmp_path / "feeds.txt", clock=clock)

    publisher.documents["a.xml"] = rss([CALL])
    poll_at(lambda: datetime.now(UTC) + timedelta(days=1))
    publisher.documents["a.xml"] = rss([(CALL[0], "Trump confirms call with Maduro"), STRIKE])
    # The feed's own clock, that of its requests, was never set ahead.
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(
            "UPDATE raw.feeds SET next_poll_at = next_poll_at + INTERVAL 1 DAY, "
            "last_success_at = last_success_at + INTERVAL 1 DAY"
        )
    assert poll_at(lambda: datetime.now(UTC)).run.entries_revised_count == 1
    assert poll_at(lambda: datetime.now(UTC)).run.due_count == 0
    titles = "SELECT r.title FROM raw.entry_revisions r JOIN raw.entries e USING (entry_id) WHERE e.guid = 'call' "
    assert ask(titles + "ORDER BY revision_number") == [(CALL[1],), ("Trump confirms call with Maduro",)]
    assert ask("SELECT title FROM core.articles WHERE title LIKE '%call%'") == [("Trump confirms call with Maduro",)]
    publish.publish(settings.warehouse_path, settings.published_path)
    assert rebuilding.rebuild(settings).is_equal
    assert _broken(settings) == []
