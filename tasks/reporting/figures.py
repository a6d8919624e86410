"""Figures of the report: each is one statement in `warehouse/queries/`, and the page shows it exactly as it ran."""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb

from warehouse.database import Connection
from warehouse.errors import WarehouseError

Row = dict[str, Any]

_ROWS_AT_A_TIME = 2_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A question's answer with the statement that gave it. Times in `rows` are UTC without saying so."""

    name: str
    sql: str
    rows: tuple[Row, ...]


def ask(connection: Connection, name: str, **values: datetime | int) -> Figure:
    """Run `warehouse/queries/<name>.sql`, its `$parameters` written out: a reader can run what the page shows."""
    sql = statement(name, **values)
    return Figure(name, sql, tuple(stream(connection, sql)))


def stream(connection: Connection, sql: str) -> Iterator[Row]:
    """The rows of a statement, some at a time; the connection can ask nothing else meanwhile.

    Raises:
        WarehouseError: the published copy is of another version of usven, and lacks what the statement reads.
    """
    try:
        cursor = connection.execute(sql)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise WarehouseError(
            f"The published warehouse was made by another version of usven ({str(error).splitlines()[0]}). "
            "`usven run` makes it anew."
        ) from error
    columns = [column[0] for column in cursor.description or ()]
    while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
        yield from (dict(zip(columns, row, strict=True)) for row in rows)


def statement(name: str, **values: datetime | int) -> str:
    """The text of a query with its parameters as literals; only times and whole numbers can stand in one."""
    return string.Template(_text(name)).substitute({key: _literal(value) for key, value in values.items()})


@cache
def _text(name: str) -> str:
    return (files("warehouse.queries") / f"{name}.sql").read_text("utf-8").strip()


def _literal(value: datetime | int) -> str:
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f}'"
    return str(int(value))
