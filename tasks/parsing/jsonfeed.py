"""JSON Feed 1 and 1.1, and what calls itself so: a missing version is forgiven where there are items.

https://www.jsonfeed.org/version/1.1/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tasks.parsing import assembly, dates
from tasks.parsing.remarks import Remarks
from warehouse.model import Document, Entry

# Control characters within strings are against the standard and do no harm.
_DECODER = json.JSONDecoder(strict=False)
_ITEMS = re.compile(r'"items"\s*:\s*\[\s*')
_BETWEEN = re.compile(r"\s*,?\s*")
_FORMATS = {"https://jsonfeed.org/version/1": "jsonfeed1", "https://jsonfeed.org/version/1.1": "jsonfeed11"}


def load(text: str, remarks: Remarks) -> Any:
    """The value of a JSON text; of a feed that breaks off, what came before.

    Raises:
        ValueError: the text is not JSON, and no feed that breaks off.
        RecursionError: it is nested too deeply.
    """
    try:
        return _DECODER.decode(text)
    except ValueError:
        items = list(_whole_items(text))
        if not items:
            raise
        remarks.note("The JSON breaks off or is broken; the items before were taken")
        return {"items": items}


def _whole_items(text: str) -> Iterator[Any]:
    start = _ITEMS.search(text)
    position = start.end() if start else len(text)
    while position < len(text):
        try:
            item, position = _DECODER.raw_decode(text, position)
        except ValueError:
            return
        yield item
        position = _BETWEEN.match(text, position).end()  # type: ignore[union-attr]


def read(value: Any, remarks: Remarks, *, url: str, content_language: str | None, max_entries: int) -> Document | None:
    """The document, or None where the value is no feed."""
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        return None
    if not (_is_versioned(value) or any(_is_item(item) for item in value["items"])):
        return None
    language = assembly.language(_text(value, "language"), content_language)
    home = assembly.absolute(_text(value, "home_page_url"), url)
    items = value["items"][:max_entries]
    if len(value["items"]) > max_entries:
        remarks.note(f"Only the first {max_entries:,} entries were taken")
    entries = (_entry(item, remarks, language=language, bases=(home, url)) for item in items if isinstance(item, dict))
    return Document(
        format=_FORMATS.get(_text(value, "version").replace("http://", "https://").rstrip("/"), "jsonfeed"),
        title=assembly.text_line(_text(value, "title"), is_markup=False),
        language=language,
        entries=assembly.kept(entries, remarks),
        problems=remarks.sentences(),
    )


def _is_versioned(value: Mapping[str, Any]) -> bool:
    return "jsonfeed.org" in _text(value, "version")


def _is_item(item: Any) -> bool:
    keys = ("url", "title", "content_text", "content_html", "summary", "external_url")
    return isinstance(item, dict) and any(isinstance(item.get(key), str) and item[key] for key in keys)


def _entry(item: Mapping[str, Any], remarks: Remarks, *, language: str | None, bases: Iterable[str | None]) -> Entry:
    bases = tuple(bases)
    html = _text(item, "content_html")
    content = html or _text(item, "content_text")
    return assembly.entry(
        remarks,
        guid=_identity(item),
        link=assembly.absolute(_text(item, "url"), *bases) or assembly.absolute(_text(item, "external_url"), *bases),
        title=_text(item, "title"),
        summary=_text(item, "summary"),
        content=content,
        authors=_authors(item),
        categories=(tag for tag in _list(item, "tags") if isinstance(tag, str)),
        published_at=dates.read(_text(item, "date_published")),
        updated_at=dates.read(_text(item, "date_modified")),
        language=assembly.language(_text(item, "language"), language),
        is_markup=bool(html),
    )


def _identity(item: Mapping[str, Any]) -> str | None:
    # The first version allowed numbers as ids.
    value = item.get("id")
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _authors(item: Mapping[str, Any]) -> Iterator[str]:
    for author in [*_list(item, "authors"), item.get("author")]:
        if isinstance(author, str):
            yield author
        elif isinstance(author, dict):
            yield _text(author, "name")


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []
