"""Backups: what is in one, how it is verified, and what restoring does with what was there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.warehouse import made
from tests.warehouse.conftest import Beside
from tests.warehouse.made import Report
from warehouse import backup, database
from warehouse.archive import Archive, Record
from warehouse.errors import InputError, WarehouseError, WarehouseTooNew
from warehouse.store import Store

NOW = datetime(2026, 1, 3, 6, tzinfo=UTC)
RECORD = Record("uno", "https://uno.example/rss", "uno", "es", NOW, "sha", "https://uno.example/rss")


@pytest.fixture
def full(path: Path) -> Path:
    with database.writing(path) as connection:
        Store(connection).load(made.batch(Report("one"), Report("two")))
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "archive"))


def _titles(path: Path) -> int:
    with database.reading(path) as connection:
        found = connection.execute("SELECT count(*) FROM core.articles").fetchone()
    assert found
    return int(found[0])


def _take(full: Path, folder: Path, archive: Archive | None = None, *, hours: int = 0) -> backup.Backup:
    return backup.create(full, folder, archive=archive, now=NOW + timedelta(hours=hours))


def test_a_backup_holds_the_warehouse_with_its_schema_counts_and_digest(full: Path, tmp_path: Path) -> None:
    made_ = _take(full, tmp_path / "saved")
    assert backup.find(tmp_path / "saved") == replace(made_, manifest=backup.find(made_.folder).manifest)
    assert made_.manifest.counts["core.articles"] == 2
    assert made_.manifest.bytes == full.stat().st_size
    assert _titles(made_.file) == 2
    backup.verify(made_)


def test_what_a_crash_left_in_the_wal_is_in_the_backup(full: Path, tmp_path: Path, beside: Beside) -> None:
    process = beside(
        """
        import duckdb, sys
        db = duckdb.connect(sys.argv[1])
        db.execute("PRAGMA disable_checkpoint_on_shutdown")
        db.execute("DELETE FROM core.articles WHERE article_id = 'a-one'")
        print("ready", flush=True)
        sys.stdin.read()
        """,
        full,
    )
    process.kill()
    process.wait()
    assert full.with_name("usven.duckdb.wal").exists()
    assert _take(full, tmp_path / "saved").manifest.counts["core.articles"] == 1


def test_the_raw_archive_is_copied_once_and_only_what_is_new_later(
    full: Path, tmp_path: Path, archive: Archive
) -> None:
    sha256 = archive.put(b"<rss/>")
    archive.write_journal("20260103T060000-ab-0001", [replace(RECORD, body_sha256=sha256)])
    assert _take(full, tmp_path / "saved", archive).archived_count == 2
    archive.put(b"<feed/>")
    assert _take(full, tmp_path / "saved", archive, hours=1).archived_count == 1
    assert Archive(str(tmp_path / "saved" / "archive")).get(sha256) == b"<rss/>"


def test_the_newest_of_several_backups_is_found(full: Path, tmp_path: Path) -> None:
    for hours in (2, 0, 1):
        _take(full, tmp_path / "saved", hours=hours)
    assert backup.find(tmp_path / "saved").folder.name == "20260103T080000Z"


def test_restoring_puts_back_what_was_saved_and_keeps_what_was_there(
    full: Path, tmp_path: Path, archive: Archive
) -> None:
    saved = _take(full, tmp_path / "saved")
    with database.writing(full) as connection:
        Store(connection).load(made.batch(Report("three"), batch_id="another"))
    done = backup.restore(saved, full, archive=archive, now=NOW)
    assert _titles(full) == 2
    assert done.kept is not None
    assert _titles(done.kept) == 3


def test_restoring_brings_back_the_raw_archive(full: Path, tmp_path: Path, archive: Archive) -> None:
    sha256 = archive.put(b"<rss/>")
    saved = _take(full, tmp_path / "saved", archive)
    other = Archive(str(tmp_path / "elsewhere" / "archive"))
    done = backup.restore(saved, tmp_path / "elsewhere" / "usven.duckdb", archive=other, now=NOW)
    assert (done.kept, done.archived_count, other.get(sha256)) == (None, 1, b"<rss/>")


def test_restoring_takes_the_place_of_a_file_that_is_no_warehouse(full: Path, tmp_path: Path, archive: Archive) -> None:
    saved = _take(full, tmp_path / "saved")
    full.write_bytes(b"this is no database" * 500)
    done = backup.restore(saved, full, archive=archive, now=NOW)
    assert _titles(full) == 2
    assert done.kept is not None
    assert done.kept.read_bytes().startswith(b"this is no database")


def test_the_wal_of_what_was_there_goes_with_it(full: Path, tmp_path: Path, archive: Archive) -> None:
    saved = _take(full, tmp_path / "saved")
    full.with_name("usven.duckdb.wal").write_bytes(b"left by a crash")
    done = backup.restore(saved, full, archive=archive, now=NOW)
    assert done.kept is not None
    assert done.kept.with_name(f"{done.kept.name}.wal").read_bytes() == b"left by a crash"
    assert _titles(full) == 2


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"schema": 9999}, WarehouseTooNew, "Update usven"),
        ({"sha256": "0" * 64}, WarehouseError, "SHA-256"),
        ({"counts": {}}, WarehouseError, "does not hold what its manifest says"),
        ({"format": "another"}, InputError, "another"),
    ],
)
def test_a_backup_that_is_newer_damaged_or_foreign_replaces_nothing(
    full: Path, tmp_path: Path, archive: Archive, change: dict[str, object], error: type[Exception], words: str
) -> None:
    manifest = _take(full, tmp_path / "saved").folder / backup.MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    before = full.read_bytes()
    with pytest.raises(error, match=words):
        backup.restore(backup.find(tmp_path / "saved"), full, archive=archive, now=NOW)
    assert full.read_bytes() == before


def test_a_truncated_backup_is_refused(full: Path, tmp_path: Path, archive: Archive) -> None:
    saved = _take(full, tmp_path / "saved")
    saved.file.write_bytes(saved.file.read_bytes()[:-1])
    with pytest.raises(WarehouseError, match="Take another backup"):
        backup.restore(saved, full, archive=archive, now=NOW)


def test_a_folder_without_a_backup_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="usven backup"):
        backup.find(tmp_path)


def test_only_the_newest_backups_stay(full: Path, tmp_path: Path) -> None:
    for hours in range(4):
        _take(full, tmp_path / "saved", hours=hours)
    (tmp_path / "saved" / "notes").mkdir()
    assert [folder.name for folder in backup.prune(tmp_path / "saved", keep=2)] == [
        "20260103T070000Z",
        "20260103T060000Z",
    ]
    assert sorted(path.name for path in (tmp_path / "saved").iterdir()) == [
        "20260103T080000Z",
        "20260103T090000Z",
        "notes",
    ]
