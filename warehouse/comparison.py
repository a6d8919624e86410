"""How two warehouses differ, table by table."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse import transfer
from warehouse.database import Connection
from warehouse.location import Warehouse

SHOWN = 3
_ASIDE = frozenset({*transfer.RECORDS, "raw.migrations"})


@dataclass(frozen=True, slots=True)
class Difference:
    """How a table differs: rows in each, rows that only one of them has, and a few of those."""

    table: str
    row_count: int
    other_row_count: int
    only_here_count: int = 0
    only_there_count: int = 0
    only_here: tuple[str, ...] = ()
    only_there: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        return not self.only_here_count and not self.only_there_count


def compare(connection: Connection, other: Warehouse, *, with_records: bool = False) -> tuple[Difference, ...]:
    """The tables of an open warehouse against those of another one of the same schema, records of runs aside."""
    aside: frozenset[str] = frozenset() if with_records else _ASIDE
    with transfer.beside(connection, other):
        return tuple(_compare(connection, table) for table in transfer.tables(connection) if table not in aside)


def _compare(connection: Connection, table: str) -> Difference:
    here, there = table, f"other.{table}"
    count, digest = _fingerprint(connection, here)
    other_count, other_digest = _fingerprint(connection, there)
    if (count, digest) == (other_count, other_digest):
        return Difference(table, count, other_count)
    only_here, shown_here = _missing(connection, here, there)
    only_there, shown_there = _missing(connection, there, here)
    return Difference(table, count, other_count, only_here, only_there, shown_here, shown_there)


def _fingerprint(connection: Connection, table: str) -> tuple[int, int]:
    """Rows and the sum of their hashes: equal for equal tables, whatever the order of rows."""
    found = connection.execute(f"SELECT count(*), sum(hash(t)::HUGEINT) FROM {table} t").fetchone()  # noqa: S608
    return (int(found[0]), int(found[1] or 0)) if found else (0, 0)


def _missing(connection: Connection, table: str, other: str) -> tuple[int, tuple[str, ...]]:
    """How many rows a table has beyond those of the other, and the first of them."""
    found = connection.execute(
        f"SELECT count(*) OVER (), left(t::VARCHAR, 300) FROM (FROM {table} EXCEPT ALL FROM {other}) t "  # noqa: S608
        f"ORDER BY 2 LIMIT {SHOWN}"
    ).fetchall()
    return (int(found[0][0]), tuple(row for _, row in found)) if found else (0, ())
