"""Gives back the space that deleted and rewritten rows leave in the warehouse's file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warehouse import database, laws, migrate, replacement, transfer
from warehouse.database import Connection
from warehouse.errors import WarehouseError

WORTH_FREE = 0.25
"""Share of a file that must be free for the warehouse to be copied anew; DuckDB fills what is free by and by."""
WORTH_BYTES = 64_000_000
"""A smaller file is left as it is."""


@dataclass(frozen=True, slots=True)
class Space:
    """A file's size and the share of it that holds nothing, and what the file took before it was copied anew."""

    bytes: int
    free_share: float
    bytes_before: int | None = None


def measure(connection: Connection) -> Space:
    """The space of an open warehouse."""
    connection.execute("CHECKPOINT")
    found = connection.execute(
        "SELECT block_size, total_blocks, free_blocks FROM pragma_database_size() "
        "WHERE database_name = current_database()"
    ).fetchone()
    block_size, total, free = found or (0, 0, 0)
    return Space(block_size * total, free / total if total else 0.0)


def compact(warehouse: Path, *, worth_free: float = WORTH_FREE, worth_bytes: int = WORTH_BYTES) -> Space:
    """Copy the warehouse anew and let the copy take its place, where enough of it is free.

    Nobody else may be writing meanwhile.

    Raises:
        WarehouseBusy: another process has it open.
        WarehouseError: the copy is not equal, or the disk does not take it.
    """
    with database.writing(warehouse) as connection:
        before = measure(connection)
    if before.bytes < worth_bytes or before.free_share < worth_free:
        return before
    fresh = warehouse.with_name(f"{warehouse.stem}-compact{warehouse.suffix}")
    replacement.discard(fresh)
    migrate.ensure(fresh)
    with database.writing(fresh) as connection:
        transfer.take_all(connection, warehouse)
        if counts(connection) != _counts_of(warehouse):
            raise WarehouseError(f"{fresh} did not become equal to {warehouse}, which stays as it is. Report this.")
        broken = [finding.law.name for finding in laws.check(connection) if not finding.holds]
    replacement.replace(warehouse, fresh, kept=None)
    return after
