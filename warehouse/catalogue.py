"""The catalogue of feeds and outlets as files: CSV, OPML and plain lists of addresses, read and written."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import defusedxml.ElementTree as SafeElementTree

from warehouse.errors import CatalogueError
from warehouse.model import LANGUAGES, Feed, Outlet

Form = Literal["csv", "opml"]
FEED_COLUMNS = ("feed_id", "url", "outlet_id", "language", "is_enabled", "status_reason")
OUTLETS_FILE = "outlets.csv"
_TRUTH = {"true": True, "false": False, "unknown": None, "": None}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Feeds and the outlets they belong to."""

    feeds: tuple[Feed, ...]
    outlets: tuple[Outlet, ...]


def bundled() -> Catalogue:
    """The catalogue that comes with the program."""
    seeds = files("seeds")
    return Catalogue(
        feeds=tuple(_feeds_from_csv(seeds.joinpath("feeds.csv").read_text("utf-8"), "seeds/feeds.csv")),
        outlets=tuple(_outlets_from_csv(seeds.joinpath(OUTLETS_FILE).read_text("utf-8"), f"seeds/{OUTLETS_FILE}")),
    )


def read(path: Path) -> Catalogue:
    """A catalogue file: CSV, OPML or a plain list of addresses, told apart by content.

    An `outlets.csv` beside a CSV describes its outlets; feeds without an outlet get one named after their host.

    Raises:
        CatalogueError: the file cannot be read as any of these, or a row in it is wrong.
    """
    body = _bytes(path)
    if body.removeprefix(BOM_UTF8).lstrip().startswith(b"<"):
        return Catalogue(_distinct(_feeds_from_opml(body, str(path))), ())
    text = _text(body, path)
    if not _is_csv(text):
        return Catalogue(_distinct(_feeds_from_lines(text, str(path))), ())
    beside = path.with_name(OUTLETS_FILE)
    described = _text(_bytes(beside), beside) if beside.is_file() and beside != path else None
    return Catalogue(
        feeds=_distinct(_feeds_from_csv(text, str(path))),
        outlets=tuple(_outlets_from_csv(described, str(beside))) if described is not None else (),
    )


def to_csv(feeds: Iterable[Feed]) -> str:
    """The feeds as the catalogue's CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FEED_COLUMNS)
    for feed in feeds:
        row = asdict(feed) | {"is_enabled": str(feed.is_enabled).lower()}
        writer.writerow([row[name] or "" for name in FEED_COLUMNS])
    return out.getvalue()


def to_opml(feeds: Iterable[Feed], outlets: Mapping[str, Outlet]) -> str:
    """The feeds as OPML 2.0, each under its outlet's name, for any feed reader."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = "usven: feeds on US–Venezuela relations"
    body = SubElement(root, "body")
    for feed in feeds:
        outlet = outlets.get(feed.outlet_id)
        attributes = {"type": "rss", "text": outlet.name if outlet else feed.feed_id, "xmlUrl": feed.url}
        SubElement(body, "outline", attributes | ({"language": feed.language} if feed.language else {}))
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def feed_for(url: str, *, origin: str, name: str | None = None, language: str | None = None) -> Feed:
    """A feed that is known by its address alone.

    Raises:
        CatalogueError: the address is not one of http or https.
    """
    host = _checked_host(url, origin)
    digest = hashlib.sha256(url.encode()).hexdigest()[:8]
    feed_id = f"{slug(name or host)[:40]}-{digest}"
    return Feed(feed_id=feed_id, url=url, outlet_id=slug(host), language=language)


def fingerprint(feed: Feed) -> str:
    """Hash of a catalogue row, to notice that it was edited."""
    return hashlib.sha256(json.dumps(asdict(feed), sort_keys=True).encode()).hexdigest()


def slug(text: str) -> str:
    """A lower-case key of letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().removeprefix("www.")).strip("-") or "feed"


def outlet_for(feed: Feed) -> Outlet:
    """The outlet that a feed of an unknown publisher gets: named after its host."""
    parts = urlsplit(feed.url)
    host = (parts.hostname or feed.outlet_id).removeprefix("www.")
    return Outlet(
        feed.outlet_id, name=host, country=None, kind="unknown", home_url=f"{parts.scheme}://{host}/", hosts=(host,)
    )


def _feeds_from_csv(text: str, origin: str) -> Iterator[Feed]:
    seen: dict[str, tuple[str, int]] = {}
    for number, row in _rows(text, {"url"}, origin):
        where = f"{origin}, line {number}"
        language = row.get("language") or None
        if language and language not in LANGUAGES:
            raise CatalogueError(f"{where}: language {language!r} is none of {', '.join(LANGUAGES)}.")
        guess = feed_for(row["url"], origin=where, name=row.get("feed_id"), language=language)
        enabled = _TRUTH.get((row.get("is_enabled") or "true").lower())
        if enabled is None:
            raise CatalogueError(f"{where}: is_enabled is {row['is_enabled']!r}; write true or false.")
        feed_id = row.get("feed_id") or guess.feed_id
        url, first = seen.setdefault(feed_id, (row["url"], number))
        if url != row["url"]:
            raise CatalogueError(f"{where}: feed_id {feed_id!r} is that of line {first} already; give it another.")
        yield Feed(
            feed_id=feed_id,
            url=row["url"],
            outlet_id=row.get("outlet_id") or guess.outlet_id,
            language=language,
            is_enabled=enabled,
            status_reason=row.get("status_reason") or "",
        )


def _outlets_from_csv(text: str, origin: str) -> Iterator[Outlet]:
    seen: dict[str, int] = {}
    for number, row in _rows(text, {"outlet_id", "name", "kind"}, origin):
        first = seen.setdefault(row["outlet_id"], number)
        if not row["outlet_id"] or first != number:
            fault = f"is that of line {first} already" if row["outlet_id"] else "is empty"
            raise CatalogueError(f"{origin}, line {number}: outlet_id {row['outlet_id']!r} {fault}; give it another.")
        affiliated = (row.get("state_affiliated") or "").lower()
        if affiliated not in _TRUTH:
            raise CatalogueError(
                f"{origin}, line {number}: state_affiliated is {affiliated!r}; write true, false or unknown."
            )
        yield Outlet(
            outlet_id=row["outlet_id"],
            name=row["name"],
            country=row.get("country") or None,
            kind=row["kind"],
            is_state_affiliated=_TRUTH[affiliated],
            home_url=row.get("home_url") or None,
            hosts=tuple((row.get("hosts") or "").split()),
            exile_url=row.get("exile_url") or None,
            aliases=tuple(name for alias in (row.get("aliases") or "").split(";") if (name := alias.strip())),
        )


def _rows(text: str, needed: set[str], origin: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text), skipinitialspace=True, strict=True)
    try:
        reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
        missing = needed - set(reader.fieldnames)
        if missing:
            raise CatalogueError(f"{origin}: the column {min(missing)!r} is missing from the first line.")
        for row in reader:
            if None in row or None in row.values():
                raise CatalogueError(
                    f"{origin}, line {reader.line_num}: the number of columns differs from the first line's."
                )
            yield reader.line_num, {key: value.strip() for key, value in row.items()}
    except csv.Error as error:
        raise CatalogueError(
            f"{origin}, after line {reader.line_num}: {error}. Is a quotation mark left open?"
        ) from error


def _feeds_from_opml(body: bytes, origin: str) -> Iterator[Feed]:
    try:
        root = SafeElementTree.fromstring(body, forbid_dtd=True)
    # Those that refuse a DTD or an encoding are no ParseError: the one is a ValueError, the other a LookupError too.
    except (SafeElementTree.ParseError, ValueError, LookupError) as error:
        raise CatalogueError(f"{origin} begins like OPML but is not: {error}.") from error
    if root.tag.lower() != "opml":
        raise CatalogueError(
            f"{origin} begins like OPML but is <{root.tag[:80]}>; give OPML, CSV or a list of addresses."
        )
    for outline in root.iter("outline"):
        url = outline.get("xmlUrl")
        if url:
            language = (outline.get("language") or "").lower().partition("-")[0]
            name = outline.get("text") or outline.get("title")
            yield feed_for(url.strip(), origin=origin, name=name, language=language if language in LANGUAGES else None)


def _feeds_from_lines(text: str, origin: str) -> Iterator[Feed]:
    for number, line in enumerate(text.splitlines(), 1):
        url = line.strip()
        if url and not url.startswith("#"):
            yield feed_for(url, origin=f"{origin}, line {number}")


def _checked_host(url: str, where: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise CatalogueError(f"{where}: {url[:200]!r} is not an address of http or https.")
    return host


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogueError(f"{path} cannot be read: {error.strerror}.") from error


def _text(body: bytes, path: Path) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise CatalogueError(f"{path}, line {line}: this is not UTF-8; save the file in that encoding.") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_csv(text: str) -> bool:
    first, _, _ = text.partition("\n")
    return "url" in [cell.strip(' "') for cell in first.split(",")]


def _distinct(feeds: Iterable[Feed]) -> tuple[Feed, ...]:
    by_url: dict[str, Any] = {}
    for feed in feeds:
        by_url.setdefault(feed.url, feed)
    return tuple(by_url.values())
