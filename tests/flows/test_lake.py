"""The warehouse on DuckLake with its catalog in a real PostgreSQL: the same way, the same laws, several machines."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import fsspec
import pytest

from flows import checking, passes, querying, rebuilding, saving
from tasks.fetching import plan, targets
from tests import postgres
from tests.publisher import Publisher, rss
from tests.warehouse import made
from warehouse import database, lake, lock
from warehouse.errors import InputError, WarehouseBusy
from warehouse.location import Lake
from warehouse.settings import Settings
from warehouse.store import Store

HEADLINES = (
    "Trump and Maduro speak by phone",
    "OFAC lifts sanctions on Venezuela's PDVSA",
    "Rain in Lisbon",
    "EE.UU. incauta un petrolero venezolano",
)
ROWS = "SELECT article_id, title, relevance_level, story_id FROM core.articles ORDER BY ALL"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A lake that has been made and is not open; making one takes seconds."""
    with postgres.database() as name:
        folder = tmp_path_factory.mktemp("lake")
        made = Settings(data=folder, warehouse=address(name), lake=str(folder / "lake"))
        finished(start(made, "maker", "feeds", "list", "--json"))
        yield made


@pytest.fixture
def shared(settings: Settings, template: Settings) -> Iterator[Settings]:
    """Settings of a machine that shares a lake of the test's own."""
    with postgres.database(template.warehouse.rpartition("=")[2]) as name:
        yield replace(settings, warehouse=address(name), lake=template.lake)


@pytest.fixture
def stored_afar(settings: Settings, bucket: str) -> Iterator[Settings]:
    """Settings of a machine whose lake and raw archive are on object storage."""
    with postgres.database() as name:
        yield replace(settings, warehouse=address(name), lake=f"{bucket}/lake", archive=f"{bucket}/archive")


@pytest.fixture
def feeds(publisher: Publisher, tmp_path: Path) -> Path:
    """A list of feeds, each with headlines of its own and one that all have."""
    for n in range(6):
        items = [(f"{n}-{i}", f"{headline}, part {n}") for i, headline in enumerate(HEADLINES)]
        publisher.documents[f"{n}.xml"] = rss([*items, ("all", "Maduro rejects Trump's ultimatum")])
    (tmp_path / "feeds.txt").write_text(publisher.urls())
    return tmp_path / "feeds.txt"


def address(name: str) -> str:
    return f"ducklake:postgres:{postgres.catalog(name)}"


def rows(settings: Settings, query: str = ROWS) -> list[tuple[Any, ...]]:
    with database.reading(settings.published_path) as connection:
        return connection.execute(query).fetchall()


def broken(settings: Settings) -> list[str]:
    return [finding.law.name for finding in checking.check(settings) if not finding.holds]


def test_a_lake_and_a_file_come_to_hold_the_same(shared: Settings, settings: Settings, feeds: Path) -> None:
    for own in (shared, settings):
        passes.monitor(own, feeds_file=feeds, everything=True)
    again = passes.monitor(shared, feeds_file=feeds, everything=True)
    assert rows(shared) == rows(settings)
    assert (again.run.entries_new_count, again.run.not_modified_count) == (0, 6)
    assert broken(shared) == []


def test_what_does_not_fit_into_memory_needs_no_room_where_the_program_was_started(
    shared: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".tmp").touch()
    with database.writing(shared.warehouse_path) as connection:
        connection.execute("SET memory_limit = '60MB'; SET threads = 1")
        query = "SELECT count(h) FROM (SELECT hash(i) AS h FROM range(10_000_000) t(i) ORDER BY h OFFSET 1)"
        assert connection.execute(query).fetchone() == (9_999_999,)


def test_a_warehouse_moves_to_a_lake_and_back(
    shared: Settings, settings: Settings, feeds: Path, tmp_path: Path
) -> None:
    passes.monitor(settings, feeds_file=feeds, everything=True)
    saving.transfer(settings, shared.warehouse, lake=shared.lake)
    saving.transfer(shared, str(tmp_path / "back.duckdb"))
    back = replace(settings, warehouse=str(tmp_path / "back.duckdb"))
    assert rows(settings) == rows(shared) == rows(back)
    with pytest.raises(InputError, match="holds something already"):
        saving.transfer(settings, shared.warehouse, lake=shared.lake)


def test_a_lake_is_backed_up_and_led_back(shared: Settings, feeds: Path, publisher: Publisher, tmp_path: Path) -> None:
    passes.monitor(shared, feeds_file=feeds, everything=True)
    before = rows(shared)
    saving.back_up(shared, tmp_path / "backups", with_archive=True)
    publisher.documents["0.xml"] = rss([("new", "Rubio meets Machado in Washington")])
    passes.monitor(shared, feeds_file=feeds, everything=True)
    assert rows(shared) != before
    saving.restore(shared, tmp_path / "backups")
    assert rows(shared) == before


def test_upkeep_of_a_lake_merges_files_and_keeps_every_row(settings: Settings, feeds: Path, tmp_path: Path) -> None:
    with postgres.database() as name:
        own = replace(settings, warehouse=address(name), lake=str(tmp_path / "lake"))
        passes.monitor(own, feeds_file=feeds, everything=True)
        before = rows(own)
        assert isinstance(own.warehouse_path, Lake)
        lake.tidy(own.warehouse_path, keep=timedelta(0))
        assert rows(own) == before
        assert broken(own) == []
        with database.reading(own.published_path) as connection:
            assert lake.size(connection) > 0


def test_lake_and_raw_archive_lie_on_object_storage_by_the_same_settings(
    stored_afar: Settings, feeds: Path, bucket: str, tmp_path: Path
) -> None:
    passes.monitor(stored_afar, feeds_file=feeds, everything=True)
    assert isinstance(stored_afar.warehouse_path, Lake)
    lake.tidy(stored_afar.warehouse_path, keep=timedelta(0))
    files = fsspec.filesystem("s3").find(bucket)
    assert {Path(file).suffix for file in files} == {".parquet", ".zst", ".jsonl"}
    assert len(rows(stored_afar)) == 25
    assert broken(stored_afar) == []
    assert rebuilding.rebuild(stored_afar).is_equal
    with pytest.raises(InputError, match="this is COPY"):
        querying.show(stored_afar.published_path, f"COPY (SELECT 1) TO '{bucket}/x.csv'", "csv", None)
    saving.transfer(stored_afar, str(tmp_path / "near.duckdb"))
    assert rows(replace(stored_afar, warehouse=str(tmp_path / "near.duckdb"))) == rows(stored_afar)


def test_machines_that_poll_all_at_once_load_nothing_twice(shared: Settings, feeds: Path, settings: Settings) -> None:
    machines = [start(shared, f"machine-{n}", "run", "--feeds", str(feeds), "--all", "--json") for n in range(2)]
    found = [finished(machine) for machine in machines]
    assert sorted(each["entries"]["new"] for each in found) == [0, 30]
    assert broken(shared) == []
    passes.monitor(settings, feeds_file=feeds, everything=True)
    assert rows(shared) == rows(settings)


def test_the_shares_of_machines_make_up_the_whole_and_no_host_is_in_two() -> None:
    hosts = [f"host-{n}.example" for n in range(100)]
    taken = [[host for host in hosts if plan.share(f"{n}/3").takes(host)] for n in (1, 2, 3)]
    assert sorted(itertools.chain(*taken)) == sorted(hosts)
    assert all(len(part) > 15 for part in taken)


def test_a_machine_polls_its_share_alone(shared: Settings, feeds: Path) -> None:
    asked = {n: passes.monitor(shared, feeds_file=feeds, everything=True, share=f"{n}/2") for n in (1, 2)}
    host = targets.host_of(feeds.read_text().split()[0])
    whose = next(n for n in (1, 2) if plan.share(f"{n}/2").takes(host))
    assert (len(asked[whose].polls), len(asked[3 - whose].polls)) == (6, 0)


def test_a_run_that_died_is_finished_by_another_machine_and_one_that_lives_is_left_alone(
    shared: Settings, feeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise SystemExit

    monkeypatch.setattr(Store, "load", lost)
    monkeypatch.setattr(Store, "finish_run", lambda *_: None)
    with pytest.raises(SystemExit):
        passes.monitor(shared, feeds_file=feeds, everything=True)
    monkeypatch.undo()
    ((run_id,),) = rows(shared, "SELECT run_id FROM raw.runs WHERE status = 'running'")
    none_of_this_host = next(f"{n}/2" for n in (1, 2) if not plan.share(f"{n}/2").takes("127.0.0.1"))
    with lock.running(shared.warehouse_path, run_id):
        passes.monitor(shared, feeds_file=feeds, share=none_of_this_host)
        assert rows(shared, "SELECT count(*) FROM raw.entries") == [(0,)]
    passes.monitor(shared, feeds_file=feeds, share=none_of_this_host)
    assert rows(shared, f"SELECT status FROM raw.runs WHERE run_id = '{run_id}'") == [("crashed",)]
    assert rows(shared, "SELECT count(*) FROM raw.entries") == [(30,)]
    assert broken(shared) == []


def test_a_writer_waits_for_another_and_says_so_when_it_takes_too_long(shared: Settings) -> None:
    with (
        database.writing(shared.warehouse_path),
        pytest.raises(WarehouseBusy, match="in use by another writer"),
        database.writing(shared.warehouse_path, patience_seconds=0.1),
    ):
        pass


def test_a_reader_keeps_its_snapshot_while_others_load_and_tidy(shared: Settings) -> None:
    where = shared.warehouse_path
    assert isinstance(where, Lake)
    with lake.reading(where, is_confined=True) as reader:
        reader.execute("BEGIN")
        before = reader.execute("FROM raw.batches").fetchall()
        for number in range(3):
            with database.writing(where) as writer:
                Store(writer).load(made.batch(made.Report(f"{number}"), batch_id=f"b{number}"))
        lake.tidy(where, keep=timedelta(days=1))
        assert reader.execute("FROM raw.batches").fetchall() == before == []
        reader.execute("COMMIT")
        assert len(reader.execute("FROM raw.batches").fetchall()) == 3


def test_a_load_that_another_program_wrote_into_is_tried_again(shared: Settings) -> None:
    where = shared.warehouse_path
    assert isinstance(where, Lake)
    # Another program knows nothing of our lock: its snapshot comes between the load's first and its last word.
    with duckdb.connect() as other, database.writing(where) as writer:
        lake.attach(other, where, "theirs", read_only=False)
        with database.transaction(writer):
            writer.execute("INSERT INTO raw.batches (batch_id) VALUES ('ours')")
            other.execute("INSERT INTO theirs.raw.batches (batch_id) VALUES ('theirs')")
    assert rows(shared, "SELECT batch_id FROM raw.batches ORDER BY 1") == [("ours",), ("theirs",)]


def test_a_load_whose_rows_another_program_changed_is_not_half_there(shared: Settings) -> None:
    where = shared.warehouse_path
    assert isinstance(where, Lake)
    with database.writing(where) as writer:
        Store(writer).load(made.batch(made.Report("one"), batch_id="b1"))
    with duckdb.connect() as other, pytest.raises(WarehouseBusy, match="Another program"):
        lake.attach(other, where, "theirs", read_only=False)
        with database.writing(where) as writer, database.transaction(writer):
            writer.execute("INSERT INTO raw.runs (run_id) VALUES ('r')")
            writer.execute("DELETE FROM raw.batches")
            other.execute("DELETE FROM theirs.raw.batches")
    assert rows(shared, "SELECT run_id FROM raw.runs") == []


def test_a_query_writes_nothing_beside_the_files_of_a_lake(
    shared: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match="this is COPY"):
        querying.show(shared.published_path, f"COPY (SELECT 1) TO '{shared.lake}/x.csv'", "csv", None)
    querying.show(shared.published_path, "SELECT count(*) AS n FROM core.articles", "csv", None)
    assert capsys.readouterr().out == "n\n0\n"
    assert not (Path(shared.lake) / "x.csv").exists()


def test_the_words_of_a_lake_hold_no_password() -> None:
    for catalog in ("dbname=u password=secret host=h", "dbname=u password='se cret'", "postgresql://me:secret@h/u"):
        assert "secret" not in str(Lake(catalog, "/lake"))
        assert "cret" not in str(Lake(catalog, "/lake"))


def start(settings: Settings, name: str, *arguments: str) -> subprocess.Popen[str]:
    """`usven` on a machine with a data folder of its own; lake and archive are shared."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(("USVEN_", "PREFECT_"))}
    own |= {
        "USVEN_DATA": str(settings.data / name),
        "USVEN_ARCHIVE": settings.archive_url,
        "USVEN_WAREHOUSE": settings.warehouse,
        "USVEN_LAKE": settings.lake,
        "USVEN_ALLOW_ADDRESSES": "127.0.0.1",
        "USVEN_HOST_DELAY_SECONDS": "0",
    }
    command = [sys.executable, "-m", "flows.cli", *arguments]
    return subprocess.Popen(command, env=own, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> Any:
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return json.loads(out)
