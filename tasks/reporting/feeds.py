"""Outgoing feeds: Atom 1.0 (RFC 4287), JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), and a list in OPML 2.0.

A story keeps its id for good. When what its entry says has changed, the entry is updated instead of a new one being
added; while it says the same, its time of update stays as it was.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tasks.reporting import text
from tasks.reporting.figures import Row

TITLE = "usven: United States – Venezuela"
DESCRIPTION = "Relevant stories, with all outlets that report them"
_ATOM = "http://www.w3.org/2005/Atom"
_SUMMARY_LIMIT = 1_000
_SAID = ("headline", "summary", "url", "outlets", "languages", "topics")
"""Columns of a story that its entry shows."""
_GROUPS = {"all": "usven", "topic": "Topics", "actor": "Actors", "query": "Saved queries"}


Kind = Literal["all", "topic", "actor", "query"]


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed of stories: all, or those of a topic, an actor or a saved query."""

    kind: Kind
    code: str
    subject: str
    """What it is about, in words; nothing for the feed of all stories."""
    stories: tuple[Row, ...]
    """Rows of `warehouse/queries/newest.sql`, each with `updated_at`; the latest first."""
    story_count: int
    """How many there are altogether."""
    updated_at: datetime
    site_url: str = ""
    """Address of the site's folder, with a slash at the end; empty where none is known."""

    @property
    def title(self) -> str:
        return text.printable(f"{TITLE} · {self.subject}" if self.subject else TITLE)

    @property
    def atom_name(self) -> str:
        return f"{self._name}.atom.xml"

    @property
    def json_name(self) -> str:
        return f"{self._name}.json"

    @property
    def feed_id(self) -> str:
        return "urn:usven:feed:" + ("stories" if self.kind == "all" else f"{self.kind}:{self.code}")

    @property
    def _name(self) -> str:
        return "feed" if self.kind == "all" else f"feeds/{self.kind}/{self.code}"


class Ledger:
    """When each story's entry last said something new. `known` is an earlier ledger: a digest and a time by name."""

    def __init__(self, known: Mapping[str, Sequence[str]], *, now: datetime) -> None:
        self._known = known
        self._now = now
        self.current: dict[str, tuple[str, str]] = {}

    def stamp(self, story: Row) -> Row:
        """The story with the time of its latest update: where it is new, that of the report that was seen last."""
        digest = hashlib.sha256(repr([story[column] for column in _SAID]).encode()).hexdigest()[:16]
        return story | {"updated_at": self.updated(story["story_id"], digest, otherwise=story["last_seen_at"])}

    def updated(self, name: str, digest: str, *, otherwise: datetime) -> datetime:
        """The time since when `name` has had this digest; `otherwise` where nothing is known of it."""
        known = self._known.get(name)
        if known is None:
            time = otherwise.isoformat(timespec="seconds")
        else:
            time = known[1] if known[0] == digest else self._now.isoformat(timespec="seconds")
        self.current[name] = (digest, time)
        return datetime.fromisoformat(time)


def story_id(story: Row) -> str:
    """The id of a story's entry, the same in all feeds and for good."""
    return f"urn:usven:story:{text.printable(story['story_id'])}"


def atom(channel: Channel) -> str:
    """The channel as an Atom feed."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _add(feed, "id", channel.feed_id)
    _add(feed, "title", channel.title)
    _add(feed, "subtitle", DESCRIPTION)
    _add(feed, "updated", _rfc3339(channel.updated_at))
    if channel.site_url:
        _add(feed, "link", rel="self", type="application/atom+xml", href=channel.site_url + channel.atom_name)
        _add(feed, "link", rel="alternate", type="text/html", href=f"{channel.site_url}index.html")
    _add(_add(feed, "author"), "name", "usven")
    _add(feed, "generator", "usven")
    for story in channel.stories:
        _add_entry(feed, story, channel.site_url)
    ET.indent(feed, space="")
    return _document(feed)


def json_feed(channel: Channel) -> str:
    """The channel as a JSON Feed."""
    addresses = {"home_page_url": "index.html", "feed_url": channel.json_name} if channel.site_url else {}
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "description": DESCRIPTION,
        **{key: channel.site_url + path for key, path in addresses.items()},
        "authors": [{"name": "usven"}],
        "items": [_item(story) for story in channel.stories],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1) + "\n"


def opml(channels: Iterable[Channel]) -> str:
    """A list of the channels, those of a kind together. Without a site's address, theirs are relative."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = TITLE
    body = ET.SubElement(root, "body")
    for kind, found in itertools.groupby(channels, key=lambda channel: channel.kind):
        group = ET.SubElement(body, "outline", text=_GROUPS[kind])
        for channel in found:
            address = channel.site_url + channel.atom_name
            ET.SubElement(
                group, "outline", type="rss", version="ATOM", text=channel.title, title=channel.title, xmlUrl=address
            )
    ET.indent(root, space="")
    return _document(root)


def _document(root: ET.Element) -> str:
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_entry(feed: ET.Element, story: Row, site_url: str) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", story_id(story))
    _add(entry, "title", _title(story))
    if url := text.web_url(story["url"]):
        _add(entry, "link", rel="alternate", href=url)
    if site_url:
        _add(entry, "link", rel="related", href=f"{site_url}stories/{story['story_id']}.html")
    _add(entry, "published", _rfc3339(story["first_reported_at"]))
    _add(entry, "updated", _rfc3339(story["updated_at"]))
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
        "date_modified": _rfc3339(story["updated_at"]),
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
