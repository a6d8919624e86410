"""Gives back the space that deleted and rewritten rows leave in the warehouse's file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from warehouse import comparison, database, lake, migrate, replacement, transfer
from warehouse.database import Connection
from warehouse.errors import WarehouseError
from warehouse.location import Lake, Warehouse

WORTH_FREE = 0.25
"""Share of a file that must be free for the warehouse to be copied anew; DuckDB fills what is free by and by."""
WORTH_BYTES = 64_000_000
"""A smaller file is left as it is."""
SNAPSHOTS_KEPT = timedelta(days=7)
"""How far back a lake can be led, and how long a query on it may go on."""


@dataclass(frozen=True, slots=True)
class Space:
    """A file's size and the share of it that holds nothing, and what the file took before it was copied anew."""

    bytes: int
    free_share: float
    bytes_before: int | None = None


def compact(warehouse: Warehouse, *, worth_free: float = WORTH_FREE, worth_bytes: int = WORTH_BYTES) -> Space:
    """Copy the warehouse anew and let the copy take its place, where enough of it is free.

    Nobody else may be writing meanwhile. A lake's small files are merged, and its old snapshots dropped.

    Raises:
        WarehouseBusy: another process has it open.
        WarehouseError: the copy is not equal, or the disk does not take it.
    """
    if isinstance(warehouse, Lake):
        lake.tidy(warehouse, keep=SNAPSHOTS_KEPT)
        with database.reading(warehouse) as connection:
            return Space(lake.size(connection), 0.0)
    before = _measure(warehouse)
    if before.bytes < worth_bytes or before.free_share < worth_free:
        return before
    fresh = warehouse.with_name(f"{warehouse.stem}-compact{warehouse.suffix}")
    replacement.discard(fresh)
    migrate.ensure(fresh)
    with database.writing(fresh) as connection:
        transfer.take_all(connection, warehouse)
        if not all(table.is_equal for table in comparison.compare(connection, warehouse, with_records=True)):
            raise WarehouseError(f"{fresh} did not become equal to {warehouse}, which stays as it is. Report this.")
    after = _measure(fresh)
    replacement.replace(warehouse, fresh, kept=None)
    return replace(after, bytes_before=before.bytes)


def _measure(warehouse: Path) -> Space:
    with database.writing(warehouse) as connection:
        connection.execute("CHECKPOINT")
        total, free = _blocks(connection)
    return Space(warehouse.stat().st_size, free / total if total else 0.0)


def _blocks(connection: Connection) -> tuple[int, int]:
    """Blocks of the open file, and those of them that hold nothing."""
    found = connection.execute(
        "SELECT total_blocks, free_blocks FROM pragma_database_size() WHERE database_name = current_database()"
    ).fetchone()
    return (int(found[0]), int(found[1])) if found else (0, 0)
