"""RSS, RDF, CDF and Atom: what feedparser found becomes a document of ours.

feedparser's dictionaries end in this file. A document that it calls "bozo" is no failure: it yields what it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from xml.sax import SAXException

from tasks.parsing import assembly, bounded, dates, guard, pace
from tasks.parsing.remarks import Remarks
from warehouse.model import Document, Entry

MAX_AUTHOR_CHARACTERS = 500
MAX_REPAIRED_REFERENCES = 200_000
"""Twenty megabytes of bare ampersands would take 27 s and 1.6 GB to repair."""

_TEXT_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
_DAY_FIRST_LANGUAGES = frozenset({"es", "pt"})
_EMAIL = re.compile(r"(?:mailto:)?[^\s@<>()]+@[^\s@<>()]+")
_AGGREGATORS = frozenset({"news.google.com"})


def read(text: str, remarks: Remarks, *, url: str, content_language: str | None, max_entries: int) -> Document | None:
    """The document, or None where feedparser finds neither a feed nor entries.

    Raises:
        bounded.TooCostly: reading it would take more than a feed is worth.
    """
    prepared = guard.prepare(text, remarks)
    reading = _reading(prepared, remarks, max_entries)
    version = _version(prepared, reading)
    if not version:
        return None
    if reading.is_cut:
        remarks.note(f"Only the first {max_entries:,} entries were taken")
    return _document(reading, version, remarks, url=url, content_language=content_language)


def _reading(prepared: guard.Prepared, remarks: Remarks, max_entries: int) -> bounded.Reading:
    """Read strictly as it is, strictly with bare ampersands escaped, or loosely."""
    try:
        return bounded.read_strictly(prepared.declaration + prepared.xml, max_entries=max_entries)
    except SAXException as error:
        remarks.note(f"The XML is not well-formed ({error.getMessage()}); what could be read was taken")
    if prepared.xml.count("&") > MAX_REPAIRED_REFERENCES:
        raise bounded.TooCostly(f"it is not well-formed and has more than {MAX_REPAIRED_REFERENCES:,} references")
    escaped = guard.escape_ampersands(prepared)
    try:
        return bounded.read_strictly(prepared.declaration + escaped, max_entries=max_entries)
    except SAXException:
        return bounded.read_loosely(escaped, entities=prepared.entities, max_entries=max_entries)


def _version(prepared: guard.Prepared, reading: bounded.Reading) -> str:
    """feedparser's name of the format, or one for what it reads without naming; empty where there is no feed."""
    if prepared.is_netscape:
        return "rss091n"
    if reading.version:
        return reading.version
    if prepared.root.lower() == "channel":
        return "cdf"
    return "xml" if any(dict.get(raw, "title") for raw in reading.entries) else ""


def _document(
    reading: bounded.Reading, version: str, remarks: Remarks, *, url: str, content_language: str | None
) -> Document:
    feed = reading.feed
    language = assembly.language(dict.get(feed, "language"), content_language)
    site = assembly.absolute(dict.get(feed, "link"), url)
    entries = (_entry(raw, version, remarks, language=language, bases=(site, url)) for raw in reading.entries)
    return Document(
        format=version,
        title=assembly.text_line(_text(feed, "title")),
        language=language,
        entries=assembly.kept(entries, remarks),
        pace=pace.read(feed, reading.skip_hours, reading.skip_days),
        problems=remarks.sentences(),
    )


def _entry(
    raw: dict[str, Any], version: str, remarks: Remarks, *, language: str | None, bases: tuple[str | None, str]
) -> Entry:
    own_language = assembly.language(dict.get(raw, "language"), _detail(raw, "title").get("language"), language)
    content = _content(raw)
    summary = _text(raw, "summary")
    published_at, updated_at = _times(raw, version, is_day_first=own_language in _DAY_FIRST_LANGUAGES)
    title, source_name, source_url = _source(raw, bases)
    return assembly.entry(
        remarks,
        guid=_text(raw, "id"),
        link=_link(raw, bases, remarks),
        title=title,
        # feedparser copies the content to a summary that is missing.
        summary="" if summary == content else summary,
        content=content,
        authors=_authors(raw),
        categories=_categories(raw),
        published_at=published_at,
        updated_at=updated_at,
        language=own_language,
        source_name=source_name,
        source_url=source_url,
        is_markup=not version.startswith("atom") or _detail(raw, "title").get("type") != "text/plain",
    )


def _text(raw: dict[str, Any], key: str) -> str:
    value = dict.get(raw, key)
    return value if isinstance(value, str) else ""


def _detail(raw: dict[str, Any], key: str) -> dict[str, Any]:
    return dict.get(raw, f"{key}_detail") or {}


def _content(raw: dict[str, Any]) -> str:
    values = (_text(part, "value") for part in dict.get(raw, "content", ()) if dict.get(part, "type") in _TEXT_TYPES)
    return max(values, key=len, default="")


def _times(raw: dict[str, Any], version: str, *, is_day_first: bool) -> tuple[datetime | None, datetime | None]:
    published, updated = (
        dates.read(_text(raw, key), dict.get(raw, f"{key}_parsed"), is_day_first=is_day_first)
        for key in ("published", "updated")
    )
    if version.startswith("rss") and not published:
        # RSS knows no date of update: feedparser files Dublin Core's date, that of publication, there.
        return updated, None
    return published, updated


def _link(raw: dict[str, Any], bases: tuple[str | None, str], remarks: Remarks) -> str | None:
    is_named = False
    for address in _addresses(raw):
        link = assembly.absolute(address, *bases)
        if link:
            return link
        is_named = True
    if is_named:
        remarks.note("A link that is no web address was left out")
    return _permalink(raw)


def _addresses(raw: dict[str, Any]) -> Iterator[str]:
    """Where an item may lead, best first."""
    yield from (value for key, value in raw.items() if key.endswith("_origlink") and isinstance(value, str))
    link = _text(raw, "link")
    if link and not _is_link_from_guid(raw):
        yield link
    for other in dict.get(raw, "links", ()):
        if dict.get(other, "rel") == "alternate" and dict.get(other, "href"):
            yield _text(other, "href")


def _is_link_from_guid(raw: dict[str, Any]) -> bool:
    return bool(dict.get(raw, "guidislink")) and _text(raw, "link") == _text(raw, "id")


def _permalink(raw: dict[str, Any]) -> str | None:
    # A guid is a permalink unless it says otherwise; many say nothing and are none, so that no base is added.
    return assembly.absolute(_text(raw, "id")) if dict.get(raw, "guidislink") else None


def _authors(raw: dict[str, Any]) -> Iterator[str]:
    for author in dict.get(raw, "authors", ()):
        name = _text(author, "name") or _text(author, "email")
        yield _name(name) if "@" in name else name


def _name(author: str) -> str:
    """The name in "address (Name)" and "Name <address>", or the address where it stands alone."""
    address = _EMAIL.search(author[:MAX_AUTHOR_CHARACTERS])
    named = author.replace(address[0], "", 1) if address else author
    return named.strip(" \t\r\n()<>,;") or author


def _categories(raw: dict[str, Any]) -> Iterator[str]:
    for tag in dict.get(raw, "tags", ()):
        yield dict.get(tag, "label") or dict.get(tag, "term") or ""


def _source(raw: dict[str, Any], bases: tuple[str | None, str]) -> tuple[str, str | None, str | None]:
    """Title, name and address of the original publisher."""
    title, source = _text(raw, "title"), dict.get(raw, "source")
    if isinstance(source, dict) and source:
        address = dict.get(source, "href") or dict.get(source, "link")
        return title, _text(source, "title") or None, assembly.absolute(address, *bases)
    if urlsplit(bases[1]).hostname in _AGGREGATORS and " - " in title:
        return title, title.rsplit(" - ", 1)[1], None
    return title, None, None
