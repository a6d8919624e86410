"""What the raw archive keeps, and what goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.warehouse import made
from tests.warehouse.made import T0, Report
from warehouse import retention, rows
from warehouse.archive import Archive, Record
from warehouse.database import Connection

RECORD = Record("uno", "https://uno.example/rss", "uno", "es", T0, "", "https://uno.example/rss")
BEFORE = T0 + timedelta(days=30)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "archive"))


def _received(archive: Archive, body: bytes, *, days: float = 0, batch_id: str = "20260103T060000-ab-0001") -> str:
    """A body with a journal of its own."""
    sha256 = archive.put(body)
    archive.write_journal(batch_id, [replace(RECORD, body_sha256=sha256, seen_at=T0 + timedelta(days=days))])
    return sha256


def _load(db: Connection, *reports: Report, batch_id: str = "20260103T060000-ab-0001", **values: object) -> None:
    made.Store(db).load(made.batch(*reports, batch_id=batch_id, **values))


def _kept(db: Connection, archive: Archive) -> set[str]:
    retention.drop_old(db, archive, before=BEFORE)
    return {sha256 for sha256, _ in archive.bodies()}


def test_an_old_body_that_nothing_needs_goes(db: Connection, archive: Archive) -> None:
    _received(archive, b"<rss/>")
    _load(db)
    done = retention.drop_old(db, archive, before=BEFORE)
    assert (done.kept_count, done.dropped_count) == (0, 1)
    assert done.dropped_bytes > 0
    assert list(archive.bodies()) == []


def test_what_came_since_stays(db: Connection, archive: Archive) -> None:
    sha256 = _received(archive, b"<rss/>", days=31)
    _load(db)
    assert _kept(db, archive) == {sha256}


def test_an_old_body_that_came_again_lately_stays(db: Connection, archive: Archive) -> None:
    _received(archive, b"<rss/>")
    sha256 = _received(archive, b"<rss/>", days=31, batch_id="20260203T060000-ab-0001")
    _load(db)
    _load(db, batch_id="20260203T060000-ab-0001")
    assert _kept(db, archive) == {sha256}


def test_the_document_of_a_newest_wording_stays_and_that_of_an_older_one_goes(db: Connection, archive: Archive) -> None:
    old, new = _received(archive, b"old"), _received(archive, b"new", batch_id="20260103T070000-ab-0001")
    report = Report("one")
    first = replace(report.revision, body_sha256=old)
    second = replace(report.revision, revision_number=2, title="Other words", body_sha256=new)
    entry = replace(report.entry, revision_count=2)
    _load(db, report, entries=(entry,), revisions=(first, second))
    _load(db, batch_id="20260103T070000-ab-0001")
    assert _kept(db, archive) == {new}


def test_the_page_that_gave_an_article_its_text_stays(db: Connection, archive: Archive) -> None:
    text, wall = archive.put(b"<p>text</p>"), archive.put(b"<p>pay</p>")
    page = rows.Page("a-one", "run", T0, 1, "https://uno.example/one", "text", body_sha256=text)
    walled = replace(page, article_id="a-two", outcome="wall", body_sha256=wall)
    _load(db, Report("one"), Report("two"), pages=(page, walled))
    assert _kept(db, archive) == {text}


def test_the_newest_rules_of_a_host_stay(db: Connection, archive: Archive) -> None:
    old, new = archive.put(b"User-agent: *"), archive.put(b"User-agent: usven")
    rules = rows.Robots("https://uno.example/robots.txt", T0, "run", "rules", body_sha256=old)
    _load(db, robots=(rules, replace(rules, fetched_at=T0 + timedelta(days=1), body_sha256=new)))
    assert _kept(db, archive) == {new}


def test_what_a_crash_kept_out_of_the_warehouse_stays(db: Connection, archive: Archive) -> None:
    sha256 = _received(archive, b"<rss/>")
    assert _kept(db, archive) == {sha256}


def test_a_body_of_which_nobody_knows_when_it_came_stays(db: Connection, archive: Archive) -> None:
    sha256 = archive.put(b"<rss/>")
    assert _kept(db, archive) == {sha256}


def test_the_journal_stays_whole(db: Connection, archive: Archive) -> None:
    _received(archive, b"<rss/>")
    _load(db)
    retention.drop_old(db, archive, before=BEFORE)
    assert list(archive.batch_ids()) == ["20260103T060000-ab-0001"]


def test_without_a_time_nothing_goes(db: Connection, archive: Archive) -> None:
    sha256 = _received(archive, b"<rss/>")
    _load(db)
    assert retention.drop_old(db, archive, before=None).dropped_count == 0
    assert {kept for kept, _ in archive.bodies()} == {sha256}


def test_beyond_a_bound_the_oldest_go_that_nothing_needs(db: Connection, archive: Archive) -> None:
    needed = _received(archive, b"needed " * 50, batch_id="20260103T050000-ab-0001")
    bodies = [
        _received(archive, bytes([65 + n]) * 200, days=n, batch_id=f"20260103T06000{n}-ab-0001") for n in range(1, 4)
    ]
    report = Report("one")
    _load(db, report, revisions=(replace(report.revision, body_sha256=needed),), batch_id="20260103T050000-ab-0001")
    for n in range(1, 4):
        _load(db, batch_id=f"20260103T06000{n}-ab-0001")
    sizes = dict(archive.bodies())
    bound = sizes[needed] + sizes[bodies[2]]
    done = retention.drop_old(db, archive, before=None, most_bytes=bound)
    assert {sha256 for sha256, _ in archive.bodies()} == {needed, bodies[2]}
    assert (done.kept_bytes, done.dropped_count) == (bound, 2)
    assert retention.drop_old(db, archive, before=None, most_bytes=1).kept_count == 1
    assert {sha256 for sha256, _ in archive.bodies()} == {needed}
