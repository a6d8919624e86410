"""Items from archives: JSON Lines and CSV, a row an item, the fields by the names they are known under."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tasks.parsing import assembly, dates
from tasks.parsing.remarks import Remarks
from warehouse.model import Document, Entry

MAX_FIELD_CHARACTERS = 10_000_000
_NAMES = {
    "id": ("id", "guid"),
    "title": ("title", "headline"),
    "summary": ("summary", "description"),
    "text": ("text", "content"),
    "url": ("url", "link"),
    "source": ("source", "outlet"),
    "published": ("published", "published_at", "date"),
    "language": ("language", "lang"),
}
_DAY_FIRST_LANGUAGES = frozenset({"es", "pt"})
_DELIMITERS = ",;\t|"
_LINE = re.compile(r"[^\r\n]+")

Row = tuple[int, Mapping[str, Any]]


def looks_like_lines(text: str) -> bool:
    """Whether the first line is a JSON object of its own that could be an item."""
    first = _LINE.search(text, 0, 1_000_000)
    try:
        value = json.loads(first[0]) if first else None
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and bool(_field(value, "title"))


def looks_like_table(text: str) -> bool:
    """Whether the first line is a heading with a title among its columns."""
    return _delimiter(_heading(text)) is not None


def read_lines(text: str, remarks: Remarks, *, max_entries: int) -> Document:
    """JSON Lines. Rows that are no items are left out, and the remark says which."""
    return _document("jsonl", _json_rows(text, remarks), remarks, max_entries)


def read_table(text: str, remarks: Remarks, *, max_entries: int) -> Document:
    """CSV with a heading, divided by comma, semicolon, tab or bar."""
    return _document("csv", _csv_rows(text, remarks), remarks, max_entries)


def _document(form: str, rows: Iterable[Row], remarks: Remarks, max_entries: int) -> Document:
    entries: list[Entry] = []
    for number, row in rows:
        if len(entries) == max_entries:
            remarks.note(f"Only the first {max_entries:,} entries were taken")
            break
        entry = _entry(number, row, remarks)
        if entry:
            entries.append(entry)
    return Document(format=form, title="", language=None, entries=tuple(entries), problems=remarks.sentences())


def _json_rows(text: str, remarks: Remarks) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            remarks.note(f"Line {number} was left out: it is not JSON ({error})")
            continue
        if isinstance(value, dict):
            yield number, value
        else:
            remarks.note(f"Line {number} was left out: it is not a JSON object")


def _csv_rows(text: str, remarks: Remarks) -> Iterator[Row]:
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    delimiter = _delimiter(_heading(text)) or ","
    reader = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=delimiter)
    try:
        heading = [name.strip().lower() for name in next(reader, [])]
        for row in reader:
            if row:
                yield reader.line_num, dict(zip(heading, row, strict=False))
    except csv.Error as error:
        remarks.note(f"Line {reader.line_num} and what follows were left out: {error}")


def _heading(text: str) -> str:
    first = _LINE.search(text, 0, 10_000)
    return first[0] if first else ""


def _delimiter(heading: str) -> str | None:
    if "<" in heading or "{" in heading:
        return None
    for delimiter in _DELIMITERS:
        names = {name.strip(' "').lower() for name in heading.split(delimiter)}
        if len(names) > 1 and names.intersection(_NAMES["title"]) and names & {*_NAMES["url"], *_NAMES["id"]}:
            return delimiter
    return None


def _entry(number: int, row: Mapping[str, Any], remarks: Remarks) -> Entry | None:
    title, url, identity = _field(row, "title"), _field(row, "url"), _field(row, "id")
    link = assembly.absolute(url)
    if not title.strip():
        remarks.note(f"Line {number} was left out: it has no title")
        return None
    if not link and not identity:
        remarks.note(f"Line {number} was left out: it has neither a web address nor an id")
        return None
    if url and not link:
        remarks.note(f"Line {number}: the url is no web address and was left out")
    language = assembly.language(_field(row, "language"))
    return assembly.entry(
        remarks,
        guid=identity or None,
        link=link,
        title=title,
        summary=_field(row, "summary"),
        content=_field(row, "text"),
        published_at=dates.read(_field(row, "published"), is_day_first=language in _DAY_FIRST_LANGUAGES),
        language=language,
        source_name=_field(row, "source"),
        is_markup=False,
    )


def _field(row: Mapping[str, Any], name: str) -> str:
    found = next((row[key] for key in _NAMES[name] if row.get(key) not in (None, "")), "")
    return str(found) if isinstance(found, str | int | float) else ""
