"""Brings a warehouse to the schema of this program: numbered migrations once each, then the marts anew."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from warehouse import database
from warehouse.database import Connection
from warehouse.errors import WarehouseError, WarehouseTooNew

_NAME = re.compile(r"(\d{4})_\w+\.sql")


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


def ensure(path: Path) -> None:
    """Create the warehouse, or migrate an older one after a backup beside it; nothing where it is current.

    Raises:
        WarehouseTooNew: a newer program wrote it.
        WarehouseError: it cannot be opened, or holds another program's tables.
    """
    with database.writing(path) as connection:
        current = schema_number(connection)
        if current == migrations()[-1].number:
            _refresh_marts(connection)
            return
        if not current and connection.execute("SELECT 1 FROM duckdb_tables() LIMIT 1").fetchone():
            raise WarehouseError(f"{path} holds the tables of another program. Move it away or name another file.")
    if current > migrations()[-1].number:
        raise WarehouseTooNew(
            f"{path} has schema {current}, and this program knows schemas up to {migrations()[-1].number}. "
            "Update usven to open it."
        )
    if current:
        _back_up(path)
    with database.writing(path) as connection, database.transaction(connection):
        # Asked again: another process may have migrated it since.
        current = schema_number(connection)
        for migration in migrations():
            if migration.number > current:
                _apply(connection, migration)
        _refresh_marts(connection)


def schema_number(connection: Connection) -> int:
    """The number of the newest migration that a warehouse has had; 0 for an empty file."""
    known = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'raw' AND table_name = 'migrations'"
    ).fetchone()
    if known == (0,):
        return 0
    newest = connection.execute("SELECT coalesce(max(number), 0) FROM raw.migrations").fetchone()
    return int(newest[0]) if newest else 0


def _back_up(path: Path) -> None:
    backup = path.with_name(f"{path.stem}-before-{migrations()[-1].number:04}.duckdb")
    with database.held(path) as source, backup.open("wb") as copy:
        shutil.copyfileobj(source, copy)


def _apply(connection: Connection, migration: Migration) -> None:
    connection.execute(migration.sql)
    _record(connection, migration.number, migration.name)


def _refresh_marts(connection: Connection) -> None:
    """Apply the marts where they are not those of this program."""
    name = f"marts {hashlib.sha256(marts().encode()).hexdigest()[:12]}"
    newest = connection.execute(
        "SELECT arg_max(name, applied_at) FROM raw.migrations WHERE name LIKE 'marts %'"
    ).fetchone()
    if newest != (name,):
        connection.execute(marts())
        _record(connection, migrations()[-1].number, name)


def _record(connection: Connection, number: int, name: str) -> None:
    connection.execute(
        "INSERT INTO raw.migrations VALUES (?, ?, ?, ?)",
        [number, name, datetime.now(UTC).replace(tzinfo=None), version("usven")],
    )
