"""Finds the feeds that a web page offers in its head (`link rel=alternate`)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tasks.fetching import targets
from tasks.fetching.failures import Failure

LARGEST_PAGE = 1_000_000
"""Bytes of a page that are looked at; links to feeds stand in its head."""
MOST_LINKS = 500
MOST_FEEDS = 20

_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "text/rss+xml"}
)
# Types that other things than feeds have too: these need a word for it in address or title.
_VAGUE_TYPES = frozenset({"application/json", "application/xml", "text/xml"})
_WORDS = ("feed", "rss", "atom")


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that a page names: its absolute address, the title of the link, and its declared type."""

    url: str
    title: str
    type: str


def feeds_in(page: bytes, page_url: str) -> tuple[FoundFeed, ...]:
    """The feeds of a page, in its order but those of comments last, each once; () when it names none."""
    tree = LexborHTMLParser(page[:LARGEST_PAGE])
    base = tree.css_first("base[href]")
    base_url = _joined(page_url, base.attributes.get("href") or "") if base else page_url
    found = [_found(link, base_url or page_url) for link in tree.css("link[href]")[:MOST_LINKS]]
    feeds: dict[str, FoundFeed] = {}
    for feed in found:
        if feed is not None:
            feeds.setdefault(feed.url, feed)
    return tuple(sorted(feeds.values(), key=_is_of_comments)[:MOST_FEEDS])


def _found(link: LexborNode, base_url: str) -> FoundFeed | None:
    attributes = {name: (value or "").strip() for name, value in link.attributes.items()}
    kind = attributes.get("type", "").partition(";")[0].strip().lower()
    title, href = attributes.get("title", "")[:200], attributes["href"]
    if "alternate" not in attributes.get("rel", "").lower().split() or not _is_feed(kind, f"{href} {title}".lower()):
        return None
    url = _joined(base_url, href)
    return FoundFeed(url, title, kind) if url else None


def _is_feed(kind: str, words: str) -> bool:
    return kind in _TYPES or (kind in _VAGUE_TYPES and any(word in words for word in _WORDS))


def _joined(base_url: str, href: str) -> str | None:
    try:
        return targets.parse(urljoin(base_url, href)).url
    except (ValueError, Failure):
        return None


def _is_of_comments(feed: FoundFeed) -> bool:
    return any(word in f"{feed.url} {feed.title}".lower() for word in ("comment", "coment"))
