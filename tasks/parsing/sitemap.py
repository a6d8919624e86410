"""Google news sitemaps: pages with the headline and date that a publisher gives to search engines.

https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from tasks.parsing import assembly, dates, guard
from tasks.parsing.remarks import Remarks
from warehouse.model import Document, Entry

CHUNK_CHARACTERS = 65_536
MAX_FIELDS = 200
"""Elements looked at below one url; news needs eight, images and languages of a page are listed there too."""

_URLSET = re.compile(r"<(?:[\w.-]{1,40}:)?urlset[\s>]")
_INDEX = re.compile(r"<(?:[\w.-]{1,40}:)?sitemapindex[\s>]")
_HEAD_CHARACTERS = 5_000


def is_sitemap(text: str) -> bool:
    """Whether the root of the document is a sitemap's."""
    return bool(_URLSET.search(text, 0, _HEAD_CHARACTERS))


def is_index(text: str) -> bool:
    """Whether the document lists sitemaps, not pages."""
    return bool(_INDEX.search(text, 0, _HEAD_CHARACTERS))


def read(text: str, remarks: Remarks, *, url: str, content_language: str | None, max_entries: int) -> Document | None:
    """The document, or None for a sitemap without news; pages without a headline are left out."""
    entries: list[Entry] = []
    untitled, name = 0, ""
    for page in _pages(guard.prepare(text, remarks).xml, remarks):
        fields = _fields(page)
        name = name or fields.get("name", "")
        if not fields.get("title"):
            untitled += 1
        elif len(entries) == max_entries:
            remarks.note(f"Only the first {max_entries:,} entries were taken")
            break
        else:
            entries.append(_entry(fields, remarks, url=url, content_language=content_language))
    if not entries and untitled:
        return None
    if untitled:
        remarks.note(f"Pages without a headline were left out: {untitled}")
    return Document(
        format="sitemap",
        title=assembly.text_line(name),
        language=assembly.language(entries[0].language if entries else None, content_language),
        entries=tuple(entries),
        problems=remarks.sentences(),
    )


def _pages(xml: str, remarks: Remarks) -> Iterator[Element]:
    """The url elements, as many as come before an error of syntax; each is emptied before the next."""
    parser: XMLPullParser[Element] = XMLPullParser(["end"])
    try:
        for start in range(0, len(xml), CHUNK_CHARACTERS):
            parser.feed(xml[start : start + CHUNK_CHARACTERS])
            for event in parser.read_events():
                element = event[-1]
                if isinstance(element, Element) and _local_name(element) == "url":
                    yield element
                    element.clear()
        parser.close()
    except ParseError as error:
        remarks.note(f"The XML is not well-formed ({error}); what could be read was taken")


def _fields(page: Element) -> dict[str, str]:
    """The text of the elements below a url, by their local names; the first one of a name holds."""
    fields: dict[str, str] = {}
    for element in itertools.islice(page.iter(), MAX_FIELDS):
        fields.setdefault(_local_name(element), (element.text or "").strip())
    return fields


def _local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2].lower()


def _entry(fields: dict[str, str], remarks: Remarks, *, url: str, content_language: str | None) -> Entry:
    return assembly.entry(
        remarks,
        guid=None,
        link=assembly.absolute(fields.get("loc"), url),
        title=fields["title"],
        categories=fields.get("keywords", "").split(","),
        published_at=dates.read(fields.get("publication_date")),
        updated_at=dates.read(fields.get("lastmod")),
        language=assembly.language(fields.get("language"), content_language),
    )
