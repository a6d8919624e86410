"""Outgoing feeds: Atom 1.0 (RFC 4287) and JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/) of relevant stories.

A story keeps its id for good; when it grows, its entry is updated instead of a new one being added.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tasks.reporting import text
from tasks.reporting.figures import Row

TITLE = "usven: United States – Venezuela"
DESCRIPTION = "Relevant stories, with all outlets that report them"
FEED_ID = "urn:usven:feed:stories"
_ATOM = "http://www.w3.org/2005/Atom"
_SUMMARY_LIMIT = 1_000


def story_id(story: Row) -> str:
    """The id of a story's entry, the same in both feeds and for good."""
    return f"urn:usven:story:{text.printable(story['story_id'])}"


def atom(stories: Sequence[Row], *, now: datetime) -> str:
    """An Atom feed of stories (rows of `warehouse/queries/newest.sql`); `now` is its date when there are none."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _add(feed, "id", FEED_ID)
    _add(feed, "title", TITLE)
    _add(feed, "subtitle", DESCRIPTION)
    _add(feed, "updated", _rfc3339(max((story["last_reported_at"] for story in stories), default=now)))
    _add(_add(feed, "author"), "name", "usven")
    _add(feed, "generator", "usven")
    for story in stories:
        _add_entry(feed, story)
    ET.indent(feed, space="")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def json_feed(stories: Iterable[Row]) -> str:
    """A JSON Feed of stories (rows of `warehouse/queries/newest.sql`)."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
        "description": DESCRIPTION,
        "authors": [{"name": "usven"}],
        "items": [_item(story) for story in stories],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1) + "\n"


def _add_entry(feed: ET.Element, story: Row) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", story_id(story))
    _add(entry, "title", _title(story))
    if url := text.web_url(story["url"]):
        _add(entry, "link", rel="alternate", href=url)
    _add(entry, "published", _rfc3339(story["first_reported_at"]))
    _add(entry, "updated", _rfc3339(story["last_reported_at"]))
    for topic in story["topics"]:
        _add(entry, "category", term=topic)
    # The content and no summary: without a link to the web, RFC 4287 demands it.
    _add(entry, "content", _content(story), type="text")


def _item(story: Row) -> dict[str, Any]:
    languages = story["languages"]
    optional = {
        "url": text.web_url(story["url"]),
        "language": languages[0] if len(languages) == 1 else None,
    }
    return {
        "id": story_id(story),
        "title": _title(story),
        "content_text": _content(story),
        "date_published": _rfc3339(story["first_reported_at"]),
        "date_modified": _rfc3339(story["last_reported_at"]),
        "authors": [{"name": text.printable(outlet)} for outlet in story["outlets"]],
        "tags": list(story["topics"]),
    } | {key: value for key, value in optional.items() if value}


def _title(story: Row) -> str:
    return text.printable(story["headline"]) or story_id(story)


def _content(story: Row) -> str:
    """The lead article's summary, and who reports the story."""
    summary = text.clip(text.printable(story["summary"] or ""), _SUMMARY_LIMIT)
    return "\n\n".join(part for part in (summary, text.printable(", ".join(story["outlets"]))) if part)


def _add(parent: ET.Element, tag: str, content: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_ATOM}}}{tag}", attributes)
    element.text = content
    return element


def _rfc3339(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
