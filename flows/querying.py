"""`usven sql`: a query on the published copy, shown as a table, CSV, JSON or a Parquet file."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any, Literal

import duckdb

from warehouse import database
from warehouse.errors import InputError, SettingsError
from warehouse.location import Warehouse

Form = Literal["table", "csv", "json", "parquet"]
SHOWN_ROWS = 200
_WIDTH = 80


def choose(*, as_csv: bool, as_json: bool, parquet: Path | None) -> Form:
    """The one form that was asked for; a table where none was.

    Raises:
        SettingsError: more than one was asked for.
    """
    asked: list[Form] = [form for form, given in (("csv", as_csv), ("json", as_json), ("parquet", parquet)) if given]  # type: ignore[misc]
    if len(asked) > 1:
        raise SettingsError(f"Choose one of --{' and --'.join(asked)}.")
    return asked[0] if asked else "table"


def text(query: str | None, file: Path | None) -> str:
    """The query: given, from a file, or from standard input.

    Raises:
        InputError: the file cannot be read.
        SettingsError: both are given.
    """
    if query and file:
        raise SettingsError("Give a query or --file, not both.")
    try:
        return query or (file.read_text(encoding="utf-8") if file else sys.stdin.read())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.") from error


def show(published: Warehouse, query: str, form: Form, parquet: Path | None) -> None:
    """Run the query and show its result.

    Raises:
        WarehouseError: there is no published copy.
        InputError: the query is wrong, or wants what a reader may not do.
    """
    with database.reading(published) as connection:
        try:
            found = connection.sql(query)
            if form == "parquet" and parquet and found is not None:
                _write_parquet(found, parquet)
                return
            columns, values = (found.columns, found.fetchall()) if found is not None else ([], [])
        except duckdb.Error as error:
            raise InputError(f"The query failed. {error}") from error
    match form:
        case "csv":
            csv.writer(sys.stdout, lineterminator="\n").writerows([columns, *values])
        case "json":
            rows = [dict(zip(columns, row, strict=True)) for row in values]
            print(json.dumps({"columns": columns, "rows": rows}, ensure_ascii=False, default=str))  # noqa: T201
        case _:
            _print_table(columns, values)


def _write_parquet(found: duckdb.DuckDBPyRelation, path: Path) -> None:
    from pyarrow import parquet

    try:
        parquet.write_table(found.to_arrow_table(), path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error


def _print_table(columns: list[str], values: list[tuple[Any, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in values[:SHOWN_ROWS]:
        table.add_row(*(Text(_cell(value)) for value in row))
    console = Console()
    console.print(table)
    rest = len(values) - SHOWN_ROWS
    if rest > 0:
        console.print(f"… and {rest} more rows; --csv or --json prints all.")


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)
