"""`usven replay --rebuild`: the warehouse made anew from the raw archive, beside the present one, and compared.

Every batch that the present warehouse has loaded is taken from the journal the same way again, in the same order and
at the same recorded time: by the same program and rules, the result is equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from flows import pages, passes, way
from flows.passes import PLAIN
from flows.way import Context
from tasks.parsing import batch as parsing
from tasks.parsing.pool import Parsers
from tasks.workers import Workers
from warehouse import catalogue, comparison, database, laws, migrate, reference, replacement, transfer
from warehouse.archive import PAGE, Archive, Record
from warehouse.comparison import Difference
from warehouse.errors import WarehouseError
from warehouse.location import Lake
from warehouse.settings import Settings
from warehouse.store import Store

TOLD_EVERY = 100
"""Batches between two lines of progress."""

Say = Callable[[str], None]
Batch = tuple[str, str, Any, int]


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """A rebuilt warehouse against the present one. `missing_count` documents of the journal are no longer in the
    archive; `kept` is where the warehouse that was replaced lies."""

    differences: tuple[Difference, ...]
    batch_count: int
    document_count: int
    missing_count: int
    kept: Path | None = None

    @property
    def is_equal(self) -> bool:
        return all(table.is_equal for table in self.differences)


def rebuild(
    settings: Settings,
    *,
    apply: bool = False,
    prefect_flow_run_id: str | None = None,
    clock: Callable[[], datetime] = passes.utc_now,
    progress: Say = lambda _: None,
) -> Rebuilding:
    """Rebuild the warehouse from the raw archive and compare; put the new one in the old one's place if `apply`.

    Passes go on meanwhile: only to catch up with them at the end, and to swap, are they kept out.

    Raises:
        WarehouseError: the warehouse or the archive cannot be used; or `apply` was asked for, and the archive no
            longer holds what the warehouse was made from, or the new one breaks a law. Nothing is replaced then.
    """
    with _bench(settings) as bench:
        bench.catch_up(progress)
        if not apply:
            return bench.compare()
        with passes.running(settings, "replay", PLAIN, prefect_flow_run_id, clock) as (_, begun):
            PLAIN.publish(settings)
            bench.catch_up(progress)
            found = bench.compare()
            bench.complete()
            kept = None if isinstance(settings.warehouse_path, Lake) else settings.sibling("before-replay")
            replacement.replace(settings.warehouse_path, bench.path, kept=kept)
            found = replace(found, kept=kept)
            passes.record(settings, replace(begun, finished_at=clock(), status="completed", message=describe(found)))
            PLAIN.publish(settings)
        return found


@contextmanager
def _bench(settings: Settings) -> Iterator[Bench]:
    """A fresh warehouse beside the present one, with the catalogue and the reference data of now."""
    path = settings.sibling("rebuilt")
    replacement.discard(path)
    try:
        # Made before anything is, for where there is no published warehouse nothing can be rebuilt.
        transfer.batches(settings.published_path)
        migrate.ensure(path)
        with database.writing(path) as connection:
            store = Store(connection)
            store.replace_reference(reference.tables())
            store.apply_catalogue(catalogue.bundled(), origin="catalogue")
            transfer.take_outlets(connection, settings.published_path)
        yield Bench(settings, path)
    finally:
        replacement.discard(path)


class Bench:
    """Where a warehouse is rebuilt, batch by batch."""

    def __init__(self, settings: Settings, path: Path) -> None:
        self.path = path
        self._settings = settings
        self._archive = Archive(settings.archive_url)
        self._done: set[str] = set()
        self._documents = 0
        self._missing = 0
        self._published = settings.published_path

    def catch_up(self, progress: Say) -> None:
        """Take in every batch that the published copy has and the bench has not, until it has all."""
        while batches := self._outstanding():
            there = {sha256 for sha256, _ in self._archive.bodies()}
            with (
                # Opening it for each batch would take longer than the batch.
                database.kept_open(self.path),
                parsing.parsers(self._settings, self._archive) as parsers,
                way.workers(self._settings) as workers,
            ):
                for number, batch in enumerate(batches, 1):
                    self._ingest(batch, there, parsers, workers)
                    if number % TOLD_EVERY == 0:
                        progress(f"{number:,} of {len(batches):,} batches, {self._documents:,} documents")

    def _outstanding(self) -> list[Batch]:
        # The copy and not the link, which may lead to another one by the time the two are compared.
        published = self._settings.published_path
        self._published = published.resolve() if isinstance(published, Path) else published
        journal = frozenset(self._archive.batch_ids())
        # Polls that brought no new document have no journal.
        return [
            batch
            for batch in transfer.batches(self._published)
            if batch[0] not in self._done and (batch[0] in journal or batch[3])
        ]

    def compare(self) -> Rebuilding:
        """The bench against the published copy that it caught up with."""
        with database.writing(self.path) as connection:
            differences = comparison.compare(connection, self._published)
        return Rebuilding(differences, len(self._done), self._documents, self._missing)

    def complete(self) -> None:
        """Take the records over, and make sure that the result may take the warehouse's place."""
        if self._missing:
            raise WarehouseError(
                f"The raw archive no longer holds {self._missing} of {self._documents} documents, so that a rebuilt "
                "warehouse would forget what they said. Nothing was replaced. `usven replay --apply` labels anew what "
                "is stored, without the archive."
            )
        with database.writing(self.path) as connection:
            transfer.take_records(connection, self._published)
            broken = [finding.law.name for finding in laws.check(connection) if not finding.holds]
        if broken:
            raise WarehouseError(
                f"The rebuilt one breaks the laws {', '.join(broken)}. Nothing was replaced. Report it."
            )

    def _ingest(self, batch: Batch, there: set[str], parsers: Parsers, workers: Workers) -> None:
        batch_id, run_id, loaded_at, _ = batch
        records = self._records(batch_id, there)
        at = loaded_at.replace(tzinfo=UTC)
        settings = replace(self._settings, warehouse=str(self.path))
        context = Context(settings, self._archive, parsers, workers, PLAIN, run_id, lambda: at, Random())  # noqa: S311
        if any(record.format == PAGE for record in records):
            pages.ingest_records(records, batch_id, context)
        elif records:
            way.ingest_records(records, batch_id, context)
        self._done.add(batch_id)

    def _records(self, batch_id: str, there: set[str]) -> list[Record]:
        """The records of a batch whose bodies are still in the archive."""
        records = self._archive.read_journal(batch_id)
        found = [record for record in records if not record.body_sha256 or record.body_sha256 in there]
        self._documents += len(records)
        self._missing += len(records) - len(found)
        return found


# --- shown -------------------------------------------------------------------------------------


def describe(found: Rebuilding) -> str:
    """What rebuilding found, in one sentence."""
    different = [table.table for table in found.differences if not table.is_equal]
    verdict = f"differs in {', '.join(different)}" if different else "is equal"
    return (
        f"{found.batch_count} batches with {found.document_count} documents rebuilt, {found.missing_count} no longer "
        f"in the archive: the warehouse {verdict}"
    )


def lines(found: Rebuilding) -> Iterator[str]:
    """The comparison in full, for a person."""
    for table in found.differences:
        yield f"{'equal  ' if table.is_equal else 'DIFFERS'}  {table.table}: {table.row_count} rows"
        if not table.is_equal:
            yield f"    {table.only_here_count} only in the rebuilt, {table.only_there_count} only in the present one"
            yield from (f"    + {row}" for row in table.only_here)
            yield from (f"    − {row}" for row in table.only_there)
    yield describe(found) + "."
    if found.kept:
        yield f"It was put in its place. The one before is {found.kept}; remove it when it is not needed."


def as_json(found: Rebuilding) -> dict[str, Any]:
    """The comparison as `--json` prints it."""
    return {
        "is_equal": found.is_equal,
        "is_applied": found.kept is not None,
        "kept": str(found.kept) if found.kept else None,
        "batches": found.batch_count,
        "documents": found.document_count,
        "missing": found.missing_count,
        "tables": [
            {
                "table": table.table,
                "is_equal": table.is_equal,
                "rows": table.row_count,
                "present_rows": table.other_row_count,
                "only_rebuilt": table.only_here_count,
                "only_present": table.only_there_count,
            }
            for table in found.differences
        ],
    }
