"""Takes rows from one warehouse into another: all of them, or those that no document can bring back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from warehouse import database, lake
from warehouse.database import Connection, transaction
from warehouse.location import Lake, Warehouse

RECORDS = (
    "raw.runs",
    "raw.batches",
    "raw.fetches",
    "raw.feeds",
    "raw.feed_moves",
    "raw.pages",
    "raw.robots",
    "core.alerts",
)
"""Tables of what was done, asked and told, and of feeds' poll state: they are kept, not rebuilt."""
_TABLES = """
    SELECT schema_name || '.' || table_name FROM duckdb_tables()
    WHERE database_name = current_database() AND schema_name IN ('raw', 'core') ORDER BY 1
"""


@contextmanager
def beside(connection: Connection, other: Warehouse) -> Iterator[None]:
    """Another warehouse, which nobody may be writing, readable as the database `other` while the block runs."""
    if isinstance(other, Lake):
        lake.attach(connection, other, "other")
    else:
        path = str(other.resolve()).replace("'", "''")
        connection.execute(f"ATTACH '{path}' AS other (READ_ONLY)")
    try:
        yield
    finally:
        connection.execute("DETACH other")


def tables(connection: Connection) -> tuple[str, ...]:
    """The tables of raw and core, by name."""
    return tuple(table for (table,) in connection.execute(_TABLES).fetchall())


def holds_anything(connection: Connection) -> bool:
    """Whether a warehouse has been used: one that was only made has its catalogue and its migrations at most."""
    found = connection.execute("SELECT 1 FROM raw.runs UNION ALL SELECT 1 FROM core.articles LIMIT 1").fetchone()
    return found is not None


def take_all(connection: Connection, other: Warehouse) -> None:
    """Make an empty warehouse hold the rows of another one of the same schema."""
    with beside(connection, other), transaction(connection):
        for table in tables(connection):
            _take(connection, table)


def take_outlets(connection: Connection, other: Warehouse) -> None:
    """Take the publishers of the feeds; those that items name come with the items."""
    with beside(connection, other):
        connection.execute("""
            INSERT INTO core.outlets BY NAME
            FROM other.core.outlets SEMI JOIN other.raw.feeds USING (outlet_id) ANTI JOIN core.outlets USING (outlet_id)
        """)


def take_records(connection: Connection, other: Warehouse) -> None:
    """Make a rebuilt warehouse hold the records of the one it was rebuilt from.

    Of a page that was read again, what the reading found is kept, and all else as it was recorded: the raw archive
    knows neither how long it took nor how it was answered.
    """
    with beside(connection, other), transaction(connection):
        connection.execute("CREATE OR REPLACE TEMP TABLE read_again AS FROM raw.pages WHERE body_sha256 IS NOT NULL")
        for table in RECORDS:
            _take(connection, table)
        connection.execute("""
            UPDATE raw.pages SET
                outcome = r.outcome, kind = r.kind, reason = r.reason, method = r.method, title = r.title
            FROM read_again r WHERE pages.article_id = r.article_id AND pages.fetched_at = r.fetched_at
        """)
        connection.execute("DELETE FROM raw.pages WHERE article_id NOT IN (SELECT article_id FROM core.articles)")
        connection.execute("DROP TABLE read_again")


def batches(published: Warehouse) -> tuple[tuple[str, str, object, int], ...]:
    """Name, run, time and count of entries of every batch that a published copy holds, in the order they were loaded.

    That is not the order of names where the clock was set back, or a batch was loaded late, after a crash.
    """
    with database.reading(published) as connection:
        found = connection.execute("SELECT batch_id, run_id, loaded_at, entry_count FROM raw.batches ORDER BY rowid")
        return tuple(found.fetchall())


def _take(connection: Connection, table: str) -> None:
    connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
    connection.execute(f"INSERT INTO {table} BY NAME FROM other.{table}")
