"""Many bodies at once: order, isolation, and errors where they belong."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks import workers
from tasks.parsing import pool, worker
from warehouse.archive import Archive, Record
from warehouse.errors import WarehouseError
from warehouse.model import Document, NotAFeed

SLOW = b'<rss version="2.0"><channel>' + b"<item><title>x</title></item>" * 150_000 + b"</channel></rss>"
"""Seconds of work for a parser that may take all of it."""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "archive"))


def parse_all(records: list[Record], archive: Archive, *, max_entries: int, workers: int) -> list[Document | NotAFeed]:
    with pool.Parsers(archive, max_entries=max_entries, workers=workers) as parsers:
        return parsers.parse(records)


def record(archive: Archive, title: str) -> Record:
    body = f'<rss version="2.0"><channel><item><title>{title}</title><link>/a</link></item></channel></rss>'
    return a_record(archive.put(body.encode()))


def a_record(sha256: str) -> Record:
    return Record("f", "https://h.example/f", "o", None, datetime.now(UTC), sha256, "https://h.example/f")


def titles(outcomes: Iterable[pool.Outcome]) -> list[str]:
    return [
        outcome.entries[0].title if isinstance(outcome, Document) else getattr(outcome, "kind", "")
        for outcome in outcomes
    ]


@pytest.fixture
def always_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first document is worth them."""
    monkeypatch.setattr(pool, "WORTH_A_WORKER", 1)
    monkeypatch.setattr(pool, "WORTH_ANOTHER", 1)


@pytest.mark.parametrize("count", [3, 500])
def test_documents_come_in_the_order_of_their_records(archive: Archive, count: int) -> None:
    records = [record(archive, str(number)) for number in range(count)]
    assert titles(parse_all(records, archive, max_entries=10, workers=2)) == list(map(str, range(count)))


@pytest.mark.usefixtures("always_workers")
def test_workers_answer_in_the_order_of_the_records(archive: Archive) -> None:
    records = [record(archive, "x" * (1 if number % 3 else 50_000) + str(number)) for number in range(30)]
    found = titles(parse_all(records, archive, max_entries=10, workers=2))
    assert [title.lstrip("x") for title in found if len(title) < 100] == [str(n) for n in range(30) if n % 3]
    assert len(found) == 30


@pytest.mark.usefixtures("always_workers")
def test_what_has_come_is_parsed_while_more_is_coming(archive: Archive, tmp_path: Path) -> None:
    memories = tmp_path / "memories"

    def coming() -> Iterator[Record]:
        yield record(archive, "a")
        deadline = time.monotonic() + 30
        while not list(memories.glob("*.zst")):
            assert time.monotonic() < deadline, "the first document waits for the last record"
            time.sleep(0.01)
        yield record(archive, "b")

    with pool.Parsers(archive, max_entries=10, workers=2, memories=memories) as parsers:
        assert titles(parsers.parse(coming())) == ["a", "b"]


@pytest.mark.usefixtures("always_workers")
def test_workers_read_as_the_caller_would(archive: Archive) -> None:
    golden = Path(__file__).parent / "golden"
    records = [a_record(archive.put(path.read_bytes())) for path in sorted(golden.iterdir())]
    here = [worker.parse_record(each, archive, max_entries=2) for each in records]
    assert parse_all(records, archive, max_entries=2, workers=2) == here


@pytest.mark.parametrize("worth_a_worker", [1, 100])
def test_a_missing_body_is_an_error(archive: Archive, monkeypatch: pytest.MonkeyPatch, worth_a_worker: int) -> None:
    monkeypatch.setattr(pool, "WORTH_A_WORKER", worth_a_worker)
    with pytest.raises(WarehouseError, match="has no body"):
        parse_all([record(archive, "a"), a_record("0" * 64)], archive, max_entries=10, workers=2)


class Assassin(pool.Pool):
    """A pool that kills the worker which works on the second document."""

    def _collect(self) -> None:
        for process in self.workers:
            if process.is_ready and process.tasks and process.tasks[0][0] == 1:
                process.process.kill()
        super()._collect()


def test_a_worker_that_dies_costs_its_document_alone(archive: Archive) -> None:
    records = [record(archive, "a"), a_record(archive.put(SLOW)), *(record(archive, title) for title in "bcdef")]
    with Assassin(archive.url, max_entries=1_000_000, workers=2) as workers:
        assert titles(workers.run(records)) == ["a", "crashed", *"bcdef"]


@pytest.mark.usefixtures("always_workers")
def test_a_document_that_takes_too_long_costs_itself_alone(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "SECONDS", 0.5)
    records = [record(archive, "a"), a_record(archive.put(SLOW)), record(archive, "b")]
    outcomes = titles(parse_all(records, archive, max_entries=1_000_000, workers=2))
    assert outcomes == ["a", "too_slow", "b"]


@pytest.mark.usefixtures("always_workers")
def test_workers_end_when_what_gives_the_records_fails(archive: Archive) -> None:
    def failing() -> Iterator[Record]:
        yield from (record(archive, str(number)) for number in range(20))
        raise KeyError("a fault of the source")

    with pool.Parsers(archive, max_entries=10, workers=2) as parsers:
        with pytest.raises(KeyError):
            parsers.parse(failing())
        assert not _children()
        assert titles(parsers.parse([record(archive, "b")])) == ["b"]


def test_nothing_to_parse_is_nothing(archive: Archive) -> None:
    assert parse_all([], archive, max_entries=10, workers=4) == []


def test_a_worker_imports_no_more_than_it_needs() -> None:
    code = "import sys, tasks.parsing.worker; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=workers.environment()
    )
    assert {"prefect", "duckdb", "pyarrow", "pydantic", "numpy", "httpx"}.isdisjoint(loaded.stdout.split())


def test_a_refusal_has_a_kind_and_a_reason(archive: Archive) -> None:
    (outcome,) = parse_all([a_record(archive.put(b""))], archive, max_entries=10, workers=1)
    assert isinstance(outcome, NotAFeed)
    assert outcome.kind == "empty"


@pytest.mark.usefixtures("always_workers")
def test_workers_stay_for_the_next_records_and_end_with_the_context(archive: Archive) -> None:
    with pool.Parsers(archive, max_entries=10, workers=2) as parsers:
        assert titles(parsers.parse([record(archive, "a")])) == ["a"]
        first = _children()
        assert titles(parsers.parse([record(archive, "b"), record(archive, "c")])) == ["b", "c"]
        assert _children() == first
    assert not _children() & first


def test_many_small_batches_are_worth_workers_as_one_large_one_is(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "WORTH_A_WORKER", 3)
    monkeypatch.setattr(pool, "WORTH_ANOTHER", 5)
    with pool.Parsers(archive, max_entries=10, workers=2) as parsers:
        for number, expected in enumerate([0, 0, 1, 1, 2, 2, 2, 2], 1):
            assert titles(parsers.parse([record(archive, str(number))])) == [str(number)]
            assert len(_children()) == expected


def test_where_there_is_one_processor_the_caller_parses(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WORTH_A_WORKER", 1)
    with pool.Parsers(archive, max_entries=10, workers=1) as parsers:
        assert titles(parsers.parse([record(archive, "a"), record(archive, "b")])) == ["a", "b"]
        assert not _children()


@pytest.mark.usefixtures("always_workers")
def test_what_was_left_of_one_batch_is_not_taken_for_another(archive: Archive) -> None:
    with pool.Parsers(archive, max_entries=10, workers=2) as parsers:
        with pytest.raises(WarehouseError):
            parsers.parse([a_record("0" * 64), record(archive, "a")])
        assert titles(parsers.parse([record(archive, "b")])) == ["b"]


def _children() -> set[str]:
    """The parsing processes that this one has started and not ended."""
    found = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "pid=,args="], capture_output=True, text=True, check=True
    )
    return {line.split()[0] for line in found.stdout.splitlines() if worker.__name__ in line}
