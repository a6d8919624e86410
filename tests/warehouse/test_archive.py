"""The raw archive: bodies under their hash, journals whole or absent, on any storage."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.archive import Archive, Record
from warehouse.errors import WarehouseError

RECORD = Record("uno", "https://uno.example/rss", "uno", "es", datetime(2026, 1, 3, 6, tzinfo=UTC), "ab" * 32, "u")
_names = itertools.count()


def _memory() -> Archive:
    return Archive(f"memory://archive-{next(_names)}")


@pytest.fixture(params=["folder", "memory"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "archive")) if request.param == "folder" else _memory()


@given(st.binary(max_size=5000))
def test_any_body_comes_back_as_it_was_put_in(body: bytes) -> None:
    archive = _memory()
    assert archive.get(archive.put(body)) == body


def test_a_body_comes_back_from_every_storage(archive: Archive) -> None:
    assert archive.get(archive.put(b"<rss/>")) == b"<rss/>"


def test_a_body_that_comes_twice_is_kept_once(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    archive.put(b"<rss/>")
    first = _only_file(tmp_path).stat()
    archive.put(b"<rss/>")
    assert _only_file(tmp_path).stat() == first


def test_a_second_program_finds_what_the_first_has_put(tmp_path: Path) -> None:
    sha256 = Archive(str(tmp_path)).put(b"<rss/>")
    assert Archive(str(tmp_path)).get(sha256) == b"<rss/>"


def test_a_body_that_is_missing_is_named(archive: Archive) -> None:
    with pytest.raises(WarehouseError, match=f"no body {'ab' * 32}: .* is missing"):
        archive.get("ab" * 32)


def _only_file(folder: Path) -> Path:
    (path,) = (p for p in folder.rglob("*") if p.is_file())
    return path


@pytest.mark.parametrize("cut", [0, 1, 9, -1])
def test_a_damaged_body_is_named_with_the_remedy(tmp_path: Path, cut: int) -> None:
    archive = Archive(str(tmp_path))
    sha256 = archive.put(b"<rss/>" * 99)
    path = _only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(WarehouseError, match=rf"{path.name}.*; ?remove it"):
        archive.get(sha256)


def test_a_body_that_is_another_is_refused(tmp_path: Path) -> None:
    one, two = Archive(str(tmp_path / "one")), Archive(str(tmp_path / "two"))
    sha256 = one.put(b"one")
    two.put(b"two")
    _only_file(tmp_path / "one").write_bytes(_only_file(tmp_path / "two").read_bytes())
    with pytest.raises(WarehouseError, match="is not what its name says; remove it"):
        one.get(sha256)


_texts = st.text(st.characters(exclude_categories=()), max_size=40)


@given(
    st.lists(
        st.builds(
            Record,
            feed_id=_texts,
            feed_url=_texts,
            outlet_id=_texts,
            language=st.none() | _texts,
            seen_at=st.datetimes(timezones=st.just(UTC)),
            body_sha256=_texts,
            url=_texts,
            content_type=st.none() | _texts,
            content_language=st.none() | _texts,
            format=st.none() | _texts,
        ),
        max_size=5,
    )
)
def test_any_records_come_back_from_the_journal_as_they_were_written(records: list[Record]) -> None:
    archive = _memory()
    archive.write_journal("20260103T060000-ab-0001", records)
    assert list(archive.read_journal("20260103T060000-ab-0001")) == records


@pytest.mark.parametrize("separator", ["\x85", "\u2028", "\x1e"])
def test_a_line_separator_in_a_header_ends_no_line_of_the_journal(archive: Archive, separator: str) -> None:
    record = replace(RECORD, content_type=f"text/xml{separator}")
    archive.write_journal("20260103T060000-ab-0001", [record, RECORD])
    assert archive.read_journal("20260103T060000-ab-0001") == (record, RECORD)


def test_a_time_comes_back_as_the_same_moment(archive: Archive) -> None:
    record = replace(RECORD, seen_at=datetime(2026, 1, 3, 2, 0, 0, 5, timezone(timedelta(hours=-4))))
    archive.write_journal("20260103T060000-ab-0001", [record])
    assert archive.read_journal("20260103T060000-ab-0001")[0].seen_at == record.seen_at


IDS = ("20251231T235959-ff-0001", "20260101T000000-00-0001", "20260101T000000-00-0002", "20260102T000000-aa-0001")


def test_an_archive_without_a_journal_has_no_batches(archive: Archive) -> None:
    assert list(archive.batch_ids()) == []


def test_batches_come_in_the_order_of_time(archive: Archive) -> None:
    for batch_id in reversed(IDS):
        archive.write_journal(batch_id, [])
    assert tuple(archive.batch_ids()) == IDS


@pytest.mark.parametrize(("since", "count"), [("", 4), ("20260101", 3), (IDS[1], 2), (IDS[3], 0), ("2027", 0)])
def test_batches_are_told_from_a_time_on(archive: Archive, since: str, count: int) -> None:
    for batch_id in IDS:
        archive.write_journal(batch_id, [])
    assert tuple(archive.batch_ids(since=since)) == IDS[len(IDS) - count :]


def test_a_journal_that_a_crash_left_half_written_is_not_a_batch(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    archive.write_journal(IDS[1], [RECORD])
    written = _only_file(tmp_path)
    written.with_name(f"{IDS[2]}.jsonl.99-0.part").write_text('{"feed_id": "uno", "fee')
    assert tuple(archive.batch_ids()) == (IDS[1],)


def test_a_body_that_a_crash_left_half_written_is_put_anew(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    sha256 = archive.put(b"<rss/>")
    whole = _only_file(tmp_path)
    whole.rename(whole.with_name(f"{whole.name}.99-0.part"))
    assert archive.put(b"<rss/>") == sha256
    assert archive.get(sha256) == b"<rss/>"


def test_nothing_half_written_is_left_beside_what_was_written(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    archive.put(b"<rss/>")
    archive.write_journal(IDS[0], [RECORD])
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("content", ['{"feed_id": "uno"}\n', '{"feed_id"', "[]\n", '"\xff"'])
def test_a_damaged_journal_is_named_with_the_remedy(tmp_path: Path, content: str) -> None:
    archive = Archive(str(tmp_path))
    archive.write_journal(IDS[0], [RECORD])
    path = _only_file(tmp_path)
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(WarehouseError, match=rf"{path.name} is damaged; remove it"):
        archive.read_journal(IDS[0])


def test_an_archive_that_takes_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WarehouseError, match="The raw archive cannot write .*file/archive"):
        Archive(str(tmp_path / "file" / "archive")).put(b"<rss/>")


def test_every_body_is_listed_with_the_bytes_it_takes(archive: Archive) -> None:
    sha256s = {archive.put(body) for body in (b"<rss/>", b"<feed/>")}
    listed = dict(archive.bodies())
    assert set(listed) == sha256s
    assert all(size > 0 for size in listed.values())


def test_a_dropped_body_is_gone_and_can_be_put_again(archive: Archive) -> None:
    sha256 = archive.put(b"<rss/>")
    archive.drop([sha256])
    assert list(archive.bodies()) == []
    assert archive.put(b"<rss/>") == sha256


def test_what_another_archive_lacks_is_copied_to_it_once(tmp_path: Path, archive: Archive) -> None:
    archive.put(b"<rss/>")
    archive.write_journal("20260103T060000-ab-0001", [RECORD])
    other = Archive(str(tmp_path / "other"))
    assert (archive.copy_missing(other), archive.copy_missing(other)) == (2, 0)
    assert list(other.bodies()) == list(archive.bodies())
    assert other.read_journal("20260103T060000-ab-0001") == (RECORD,)


def test_what_a_crash_left_half_written_is_neither_listed_nor_copied_and_can_be_dropped(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path / "own"))
    archive.put(b"<rss/>")
    left = _only_file(tmp_path).with_name("abc.zst.1-1.part")
    left.write_bytes(b"half")
    assert len(list(archive.bodies())) == archive.copy_missing(Archive(str(tmp_path / "other"))) == 1
    assert (archive.drop_unfinished(), left.exists()) == (1, False)
