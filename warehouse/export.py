"""Exports: every mart and core table of the published copy as Parquet and CSV, and the articles as items to import.

Nested columns are nested in Parquet and JSON text in CSV. A folder of files appears whole or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse import database, migrate
from warehouse.database import Connection
from warehouse.errors import InputError, WarehouseError
from warehouse.location import Warehouse

MANIFEST = "export.json"
ITEMS = "items.jsonl.gz"
FORMAT = "usven export 1"
_RELATIONS = """
    SELECT schema_name || '.' || table_name, comment FROM duckdb_tables()
    WHERE database_name = current_database() AND schema_name = 'core'
    UNION ALL SELECT schema_name || '.' || view_name, comment FROM duckdb_views()
    WHERE database_name = current_database() AND schema_name = 'mart'
    ORDER BY 1
"""
# What `usven import` reads: the same addresses and words give the same articles, and they the same labels. In plain
# text it takes a blank line for the end of a paragraph, and what looks like an entity for one.
_WORDS = r"replace(regexp_replace({0}, '&(#?\w+)', '&amp;\1', 'g'), chr(10), chr(10) || chr(10))"
_ITEMS = f"""
    SELECT a.article_id AS id, {_WORDS.format("a.title")} AS title,
           nullif({_WORDS.format("a.summary_text")}, '') AS summary, {_WORDS.format("a.full_text")} AS text,
           CASE WHEN a.canonical_url LIKE 'http%' THEN a.canonical_url END AS url, o.name AS source,
           strftime(a.reported_at, '%Y-%m-%dT%H:%M:%S.%fZ') AS published, a.language
    FROM core.articles a LEFT JOIN core.outlets o USING (outlet_id) ORDER BY a.reported_at, a.article_id
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Export:
    """A folder of files and the rows of each table in it."""

    folder: Path
    counts: dict[str, int]


def write(published: Warehouse, folder: Path, *, now: datetime) -> Export:
    """Write the export; an earlier one in the same folder is replaced when the new one is complete.

    Raises:
        WarehouseError: there is no published copy, or the disk does not take the files.
        InputError: the folder holds something else.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow a link and replace what it leads to
    _demand_ours(folder)
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        partial.mkdir(parents=True)
        with database.exporting(published) as connection:
            counts = _write_all(connection, partial, now)
        _swap(partial, folder)
    except (OSError, duckdb.IOException) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        raise WarehouseError(f"{folder} cannot be written: {reason}. Is the disk full?") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Export(folder, counts)


def _write_all(connection: Connection, folder: Path, now: datetime) -> dict[str, int]:
    relations = dict(connection.execute(_RELATIONS).fetchall())
    tables = {name: _write_relation(connection, name, folder) | {"comment": about} for name, about in relations.items()}
    _copy(connection, _ITEMS, folder / ITEMS, "FORMAT json, COMPRESSION gzip")
    manifest = {
        "format": FORMAT,
        "created_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "schema": migrate.schema_number(connection),
        "items": ITEMS,
        "tables": tables,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return {name: about["rows"] for name, about in tables.items()}


def _write_relation(connection: Connection, name: str, folder: Path) -> dict[str, Any]:
    columns = connection.execute(f"DESCRIBE FROM {name}").fetchall()
    # A view has no order of its own; sorted rows make two exports of the same state comparable.
    query = f"FROM {name} ORDER BY ALL"
    rows = _copy(connection, query, folder / f"{name}.parquet", "FORMAT parquet, COMPRESSION zstd")
    nested = ", ".join(f'to_json("{column[0]}") AS "{column[0]}"' for column in columns if _is_nested(column[1]))
    flat = f"SELECT * REPLACE ({nested}) FROM ({query})" if nested else query  # noqa: S608 - names of ours
    _copy(connection, flat, folder / f"{name}.csv", "FORMAT csv, HEADER")
    return {
        "rows": rows,
        "parquet": f"{name}.parquet",
        "csv": f"{name}.csv",
        "columns": {column[0]: column[1] for column in columns},
    }


def _copy(connection: Connection, query: str, path: Path, form: str) -> int:
    target = str(path).replace("'", "''")
    found = connection.execute(f"COPY ({query}) TO '{target}' ({form})").fetchone()
    return int(found[0]) if found else 0


def _is_nested(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith(("STRUCT", "MAP"))


def _demand_ours(folder: Path) -> None:
    """Refuse to replace what is no export."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder} is not a folder. Name another.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise InputError(f"{folder} holds something else than an export. Name another folder, or empty it.")


def _swap(partial: Path, folder: Path) -> None:
    old = partial.with_suffix(".old")
    if folder.exists():
        folder.rename(old)
    partial.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
