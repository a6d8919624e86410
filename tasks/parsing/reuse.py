"""Items that the feed's last document had as well, sign for sign: told from the text, and not parsed again.

A feed mostly sends what it sent before, and two new items. feedparser takes a tenth of the time when it is given those
alone. Nothing may come out differently for that: what stands around the items (root, channel, namespaces, base,
language) must be what it was, dates of building apart, and neither the last document nor the new part may have had to
be repaired. Wherever one of this is in doubt, the whole is parsed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from tasks.parsing import syndication
from tasks.parsing.remarks import Remarks
from warehouse.model import Document, Entry

MAX_CHARACTERS = 2_000_000
"""A longer document might go beyond the reader's limits as a whole, and stay within them in parts."""

_PIECE = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)"
    r"|<(?P<end>/?)(?:[a-z_][\w.-]{0,40}:)?(?:item|entry)(?=[\s/>])(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>",
    re.DOTALL | re.IGNORECASE,
)
# What a publisher's program changes around the items with every one of them, and no item depends on.
_CLOCK = re.compile(
    r"(<(?:[\w.-]{1,40}:)?(?:lastBuildDate|pubDate|updated|modified|date)\b[^<>]*>)[^<>]*(?=</)", re.IGNORECASE
)
_LISTED = re.compile(r"<rdf:li\b[^<>]*/>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Past:
    """What the items of a document gave, by the digest of their text, within one context (see `Layout.context`)."""

    context: str
    entries: Mapping[str, Entry]


class Recall:
    """What is known of a feed's last document before its new one is read, and what is to be known after."""

    def __init__(self, past: Past | None = None) -> None:
        self.past = past
        self.learnt: Past | None = None


@dataclass(frozen=True)
class Layout:
    """A document cut into its items and what stands before, between and after them: one piece more than items."""

    around: tuple[str, ...]
    items: tuple[str, ...]

    @cached_property
    def digests(self) -> tuple[str, ...]:
        return tuple(_digest(item) for item in self.items)

    def context(self, *circumstances: str | None) -> str:
        """Digest of all that the entries depend on beside the items' own text."""
        frame = _LISTED.sub("", _CLOCK.sub(r"\1", "".join(self.around)))
        return _digest("\x1f".join((" ".join(frame.split()), *map(str, circumstances))))

    def with_items(self, positions: Sequence[int]) -> str:
        """The document without its other items."""
        kept = set(positions)
        items = (item if i in kept else "" for i, item in enumerate(self.items))
        return self.around[0] + "".join(a + b for a, b in zip(items, self.around[1:], strict=True))


def layout(text: str) -> Layout | None:
    """The layout of a document; None where its items cannot be told, because tags are missing or items nested."""
    cuts: list[int] = []
    for piece in _PIECE.finditer(text):
        if piece["end"] is None:
            continue
        is_end, is_inside = bool(piece["end"]), len(cuts) % 2 == 1
        if is_end != is_inside:
            return None
        is_empty = piece[0].endswith("/>") and not is_end
        cuts += (piece.start(), piece.end()) if is_empty else (piece.end() if is_end else piece.start(),)
    if len(cuts) % 2:
        return None
    bounds = [0, *cuts, len(text)]
    pieces = [text[start:end] for start, end in pairwise(bounds)]
    return Layout(tuple(pieces[::2]), tuple(pieces[1::2]))


def read(
    text: str, remarks: Remarks, recall: Recall | None, *, url: str, content_language: str | None, max_entries: int
) -> Document | None:
    """What `syndication.read` makes of a document, by way of what is recalled; what it gives is learnt.

    Raises:
        bounded.TooCostly: reading it would take more than a feed is worth.
    """

    def parsed(part: str, its_remarks: Remarks) -> Document | None:
        return syndication.read(part, its_remarks, url=url, content_language=content_language, max_entries=max_entries)

    if recall is None or remarks.sentences() or len(text) > MAX_CHARACTERS:
        return parsed(text, remarks)
    found = layout(text)
    if found is None or len(found.items) > max_entries:
        return parsed(text, remarks)
    context = found.context(url, content_language)
    known = recall.past.entries if recall.past and recall.past.context == context else {}
    fresh = [i for i, digest in enumerate(found.digests) if digest not in known]
    part = parsed(found.with_items(fresh), Remarks()) if len(fresh) < len(found.items) else None
    document = _completed(part, found, known, len(fresh)) if part else None
    document = document or parsed(text, remarks)
    if document and not document.problems and len(document.entries) == len(found.items):
        recall.learnt = Past(context, dict(zip(found.digests, document.entries, strict=True)))
    return document


def _completed(part: Document, found: Layout, known: Mapping[str, Entry], fresh_count: int) -> Document | None:
    """The document of the fresh items with the known ones in their places; None where that is not certain."""
    if part.problems or len(part.entries) != fresh_count:
        return None
    fresh = iter(part.entries)
    return replace(part, entries=tuple(known.get(digest) or next(fresh) for digest in found.digests))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
