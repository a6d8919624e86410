"""`usven sql`: a query on the published copy, shown as a table, CSV, JSON or a Parquet file.

Rows are taken as they are shown: a result may be larger than memory, and a table stops after a screenful or two.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from warehouse import database, questionnaire
from warehouse.database import Connection
from warehouse.errors import InputError, SettingsError, WarehouseError
from warehouse.location import Lake, Warehouse

if TYPE_CHECKING:
    from rich.console import Console

Form = Literal["table", "csv", "json", "parquet"]
SHOWN_ROWS = 200
_ROWS_AT_A_TIME = 2_000
_NARROWEST = 14
"""Characters that a column wants at least, if it has so many; where they do not fit, each row becomes a list."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
_CANDIDATES = re.compile(r'Candidate bindings: ("[^"]*").*')


def choose(*, as_csv: bool, as_json: bool, parquet: Path | None) -> Form:
    """The one form that was asked for; a table where none was.

    Raises:
        SettingsError: more than one was asked for.
    """
    asked: list[Form] = [form for form, given in (("csv", as_csv), ("json", as_json), ("parquet", parquet)) if given]  # type: ignore[misc]
    if len(asked) > 1:
        raise SettingsError(f"Choose one of --{' and --'.join(asked)}.")
    return asked[0] if asked else "table"


def text(query: str | None, file: Path | None, question: str | None) -> str:
    """The query: given, from a file, of a question's name, or from standard input.

    Raises:
        InputError: the file cannot be read.
        SettingsError: none or several are given, or there is no such question.
    """
    if sum(map(bool, (query, file, question))) > 1:
        raise SettingsError("Give one of a query, --file and --question.")
    if question:
        return questionnaire.named(question).sql
    if not query and not file and sys.stdin.isatty():
        raise SettingsError("Give a query, --file or --question; `usven sql --list` lists the questions.")
    try:
        return query or (file.read_text(encoding="utf-8") if file else sys.stdin.read())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file or 'Standard input'} cannot be read: {error}.") from error


def list_questions() -> None:
    """Print the names of the questions that can be asked."""
    _print_table(["question", "asks"], ((q.name, q.title) for q in questionnaire.all_questions()))


def show(published: Warehouse, query: str, form: Form, parquet: Path | None) -> None:
    """Run the query and show its result.

    Raises:
        WarehouseError: there is no published copy.
        InputError: the query is wrong, or wants what a reader may not do.
    """
    with database.reading(published) as connection, _explained(published):
        if isinstance(published, Lake):
            _demand_reading(query)
        found = connection.execute(query)
        if not found or not found.description:
            raise InputError("There is no query. Give one that selects something.")
        columns = _distinct(column[0] for column in found.description)
        match form:
            case "parquet" if parquet:
                _write_parquet(found, parquet)
            case "csv":
                lines = csv.writer(sys.stdout, lineterminator="\n")
                lines.writerow(columns)
                lines.writerows(map(_flat, row) for row in _rows(found))
            case "json":
                _print_json(columns, _rows(found))
            case _:
                _print_table(columns, _rows(found))


def _demand_reading(query: str) -> None:
    """Refuse what is no question: a lake's folder of Parquet files is open to its readers, for writing too."""
    for statement in duckdb.extract_statements(query):
        if statement.type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
            raise InputError(f"Only questions can be asked of a lake, and this is {statement.type.name}.")


@contextmanager
def _explained(published: Warehouse) -> Iterator[None]:
    """What DuckDB says of a wrong query in one line, with the nearest name it knows."""
    try:
        yield
    except (duckdb.IOException, duckdb.FatalException) as error:
        said = str(error).splitlines()[0]
        raise WarehouseError(f"{published} cannot be read: {said} `usven run` publishes another.") from error
    except duckdb.Error as error:
        said, _, place = str(error).partition("\n\nLINE ")
        said = _CANDIDATES.sub(r"Did you mean \1?", " ".join(said.split()).partition(": ")[2] or said)
        line = place.partition(":")[0]
        where = f" in line {line}" if line.isdecimal() and line != "1" else ""
        raise InputError(f"The query failed{where}: {said}") from error


def _rows(found: Connection) -> Iterator[tuple[Any, ...]]:
    while rows := found.fetchmany(_ROWS_AT_A_TIME):
        yield from rows


def _distinct(names: Iterator[str]) -> list[str]:
    """Names of columns, those that occur again numbered."""
    counts: dict[str, int] = {}
    found = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        found.append(name if counts[name] == 1 else f"{name}_{counts[name]}")
    return found


# --- for programs ------------------------------------------------------------------------------


def _flat(value: Any) -> Any:
    """A value in CSV: as `usven export` writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case list() | tuple() | dict():
            return json.dumps(_plain(value), ensure_ascii=False, default=str)
        case bytes():
            return value.hex()
        case _:
            return value


def _plain(value: Any) -> Any:
    """A value in JSON, which knows neither decimals nor what is no number."""
    match value:
        case Decimal():
            return float(value)
        case float() if not math.isfinite(value):
            return None
        case bytes():
            return value.hex()
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case _:
            return value


def _print_json(columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """One object, written row by row."""
    sys.stdout.write(f'{{"columns": {json.dumps(columns, ensure_ascii=False)}, "rows": [')
    for number, row in enumerate(rows):
        record = dict(zip(columns, map(_plain, row), strict=True))
        sys.stdout.write((", " if number else "") + json.dumps(record, ensure_ascii=False, default=str))
    sys.stdout.write("]}\n")


def _write_parquet(found: Connection, path: Path) -> None:
    """The file appears when it is complete."""
    from pyarrow import parquet

    partial = path.with_name(f".{path.name}.part")
    try:
        reader = found.to_arrow_reader(_ROWS_AT_A_TIME)
        with parquet.ParquetWriter(partial, reader.schema, compression="zstd") as file:
            for batch in reader:
                file.write_batch(batch)
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)


# --- for a person ------------------------------------------------------------------------------


def _print_table(columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    from rich.console import Console

    shown = [row for row, _ in zip(rows, range(SHOWN_ROWS), strict=False)]
    is_cut = len(shown) == SHOWN_ROWS and next(rows, None) is not None
    # Where no terminal sets a width, every row is one line: somebody searches or cuts it.
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 10_000
    cells = [[cell(value) for value in row] for row in shown]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    if sum(min(width, _NARROWEST) + 2 for width in widths) > console.width:
        _print_lists(console, columns, cells)
    else:
        _print_rows(console, columns, shown, cells)
    if is_cut:
        console.print(f"The first {SHOWN_ROWS} rows; --csv, --json and --parquet give all.", style="dim")
    elif console.is_terminal:
        console.print(f"{len(shown)} {'row' if len(shown) == 1 else 'rows'}", style="dim")


def _print_rows(
    console: Console, columns: Sequence[str], shown: Sequence[Sequence[Any]], cells: Sequence[Sequence[str]]
) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for place, name in enumerate(columns):
        is_number = any(isinstance(row[place], int | float | Decimal) for row in shown)
        table.add_column(Text(name), justify="right" if is_number else "left", overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table)


def _print_lists(console: Console, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """Each row as a list of its columns, where a table of all of them would be unreadable."""
    from rich.table import Table
    from rich.text import Text

    for number, row in enumerate(cells, 1):
        console.rule(f"row {number}", align="left", style="dim")
        table = Table.grid(padding=(0, 2))
        for name, value in zip(columns, row, strict=True):
            table.add_row(Text(name, "bold"), Text(value))
        console.print(table)


def cell(value: Any) -> str:
    """A value in words, on one line; nothing in it can steer a terminal."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.1f}"
        case datetime():
            return value.isoformat(" ", "seconds")
        case bytes():
            return f"{len(value)} bytes"
        case list() | tuple():
            cells = [cell(item) for item in value]
            return ("; " if any("," in text for text in cells) else ", ").join(cells)
        case dict():
            return ", ".join(f"{key}: {cell(item)}" for key, item in value.items())
        case _:
            return _UNPRINTABLE.sub(" ", str(value))
