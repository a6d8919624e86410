"""Brings a warehouse to the schema of this program: numbered migrations once each, then the marts anew."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from warehouse import copying, database, lake
from warehouse.database import Connection
from warehouse.errors import WarehouseError, WarehouseTooNew
from warehouse.location import Lake, Warehouse
from warehouse.times import naive

_NAME = re.compile(r"(\d{4})_\w+\.sql")
_ANY_TABLE = "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() LIMIT 1"


@dataclass(frozen=True, slots=True)
class Migration:
    """A numbered step of the schema."""

    number: int
    name: str
    sql: str


@cache
def migrations() -> tuple[Migration, ...]:
    """All migrations, in order."""
    found = [(m, entry) for entry in files("warehouse.migrations").iterdir() if (m := _NAME.fullmatch(entry.name))]
    return tuple(sorted((Migration(int(m[1]), m[0], e.read_text("utf-8")) for m, e in found), key=lambda m: m.number))


@cache
def marts() -> str:
    """The SQL of all marts, to be run as one."""
    found = sorted((e for e in files("warehouse.marts").iterdir() if e.name.endswith(".sql")), key=lambda e: e.name)
    return "\n".join(entry.read_text("utf-8") for entry in found)


def ensure(warehouse: Warehouse) -> None:
    """Create the warehouse, or migrate an older one; nothing where it is current.

    A file is copied before. A lake keeps its state of before as a snapshot.

    Raises:
        WarehouseTooNew: a newer program wrote it.
        WarehouseError: it cannot be opened, or holds another program's tables.
    """
    with database.writing(warehouse, create=True) as connection:
        current = schema_number(connection)
        if current == migrations()[-1].number:
            _refresh_marts(connection, warehouse)
            return
        if not current and connection.execute(_ANY_TABLE).fetchone():
            raise WarehouseError(f"{warehouse} holds the tables of another program. Move it away or name another.")
    if current > migrations()[-1].number:
        raise WarehouseTooNew(
            f"{warehouse} has schema {current}, and this program knows schemas up to {migrations()[-1].number}. "
            "Update usven to open it."
        )
    if current and not isinstance(warehouse, Lake):
        _back_up(warehouse)
    with database.writing(warehouse) as connection, database.transaction(connection):
        # Asked again: another process may have migrated it since.
        current = schema_number(connection)
        for migration in migrations():
            if migration.number > current:
                _run(connection, warehouse, migration.sql)
                _record(connection, migration.number, migration.name)
        _refresh_marts(connection, warehouse)


def demand_current(connection: Connection) -> None:
    """See that an open copy has the schema of this program.

    Raises:
        WarehouseError: it has an older one.
    """
    if schema_number(connection) < migrations()[-1].number:
        raise WarehouseError(
            f"The published copy has schema {schema_number(connection)}, and this program works with "
            f"{migrations()[-1].number}. The next `usven run` brings it there."
        )


def schema_number(connection: Connection) -> int:
    """The number of the newest migration that a warehouse has had; 0 for an empty file."""
    known = connection.execute(
        "SELECT count(*) FROM duckdb_tables() "
        "WHERE database_name = current_database() AND schema_name = 'raw' AND table_name = 'migrations'"
    ).fetchone()
    if known == (0,):
        return 0
    newest = connection.execute("SELECT coalesce(max(number), 0) FROM raw.migrations").fetchone()
    return int(newest[0]) if newest else 0


def _back_up(path: Path) -> None:
    backup = path.with_name(f"{path.stem}-before-{migrations()[-1].number:04}.duckdb")
    partial = backup.with_name(f"{backup.name}.part")
    try:
        with database.held(path) as source, partial.open("wb") as copy:
            copying.copy(source, copy)
            os.fsync(copy.fileno())
        partial.replace(backup)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise WarehouseError(
            f"The backup {backup} that goes before a migration cannot be written: {error.strerror}. "
            "Make room; nothing was migrated."
        ) from error


def _run(connection: Connection, warehouse: Warehouse, sql: str) -> None:
    for statement in lake.statements(sql) if isinstance(warehouse, Lake) else (sql,):
        connection.execute(statement)


def _refresh_marts(connection: Connection, warehouse: Warehouse) -> None:
    """Apply the marts where they are not those of this program."""
    name = f"marts {hashlib.sha256(marts().encode()).hexdigest()[:12]}"
    newest = connection.execute(
        "SELECT arg_max(name, applied_at) FROM raw.migrations WHERE name LIKE 'marts %'"
    ).fetchone()
    if newest != (name,):
        _run(connection, warehouse, marts())
        _record(connection, migrations()[-1].number, name)


def _record(connection: Connection, number: int, name: str) -> None:
    connection.execute(
        "INSERT INTO raw.migrations VALUES (?, ?, ?, ?)",
        [number, name, naive(datetime.now(UTC)), version("usven")],
    )
