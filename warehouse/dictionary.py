"""The data dictionary, from the comments that every table, view and column carries.

`python -m warehouse.dictionary` writes docs/warehouse.md and docs/settings.md; a test fails when they are out of date.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

from warehouse import database, migrate, settings
from warehouse.settings import Settings

_SCHEMAS = {
    "mart": "What people ask for: views over core.",
    "core": "What things are: articles, stories, labels and the reference data behind them.",
    "raw": "What was seen: feeds, fetches, entries and every wording of them.",
}
_TABLES = """
    SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE NOT internal
    UNION ALL SELECT schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal
    ORDER BY ALL
"""
_COLUMNS = """
    SELECT column_name, data_type, comment FROM duckdb_columns()
    WHERE schema_name = ? AND table_name = ? AND NOT internal ORDER BY column_index
"""
_MACROS = """
    SELECT schema_name, function_type = 'table_macro', function_name, list_extract(list(DISTINCT parameters), 1),
           any_value(comment)
    FROM duckdb_functions()
    WHERE schema_name IN ('core', 'mart') AND function_type IN ('macro', 'table_macro') AND NOT internal
    GROUP BY ALL ORDER BY ALL
"""


def warehouse_page() -> str:
    """docs/warehouse.md"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        migrate.ensure(path)
        with database.writing(path) as connection:
            tables = connection.execute(_TABLES).fetchall()
            columns = {t[:2]: connection.execute(_COLUMNS, list(t[:2])).fetchall() for t in tables}
            macros = connection.execute(_MACROS).fetchall()
    lines = ["# The warehouse", "", "Every table and column, from the comments that they carry. All times are UTC.", ""]
    for schema, about in _SCHEMAS.items():
        lines += [f"## {schema}", "", about, ""]
        for table in (t for t in tables if t[0] == schema):
            lines += [
                f"### {schema}.{table[1]}",
                "",
                f"{table[2]}.",
                "",
                "| column | type | meaning |",
                "| --- | --- | --- |",
            ]
            lines += [f"| `{name}` | {_escaped(kind)} | {_escaped(text)} |" for name, kind, text in columns[table[:2]]]
            lines.append("")
        if calls := [_call(*macro) for macro in macros if macro[0] == schema]:
            lines += ["### Macros", "", *calls, ""]
    return "\n".join(lines)


def _call(schema: str, is_table: bool, name: str, given: list[str], about: str) -> str:
    return f"- `{'FROM ' if is_table else ''}{schema}.{name}({', '.join(given)})`: {about}."


def settings_page() -> str:
    """docs/settings.md"""
    lines = [
        "# Settings",
        "",
        "Environment variables, or the same names in lower case without the prefix in `usven.toml` in the folder you",
        "start from. The command line wins over the environment, the environment over the file. An unknown name is an",
        "error that suggests the nearest known one.",
        "",
        "| variable | default | meaning |",
        "| --- | --- | --- |",
    ]
    about = _field_docs()
    for field in fields(Settings):
        default = "" if field.default in ("", ()) else f"`{field.default}`"
        lines.append(f"| `{settings.PREFIX}{field.name.upper()}` | {default} | {about[field.name]} |")
    return "\n".join(lines) + "\n"


def _field_docs() -> dict[str, str]:
    """The sentence under each field of the settings."""
    tree = ast.parse(inspect.getsource(Settings))
    body: list[Any] = tree.body[0].body  # type: ignore[attr-defined]
    pairs = itertools.pairwise(body)
    return {a.target.id: " ".join(b.value.value.split()) for a, b in pairs if isinstance(a, ast.AnnAssign)}  # type: ignore[union-attr]


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write both pages."""
    docs = Path(__file__).resolve().parents[1] / "docs"
    (docs / "warehouse.md").write_text(warehouse_page(), encoding="utf-8")
    (docs / "settings.md").write_text(settings_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
