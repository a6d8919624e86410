"""Claims: the identities that a sighting could have in its feed, with the deterministic ids they stand for."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tasks.dedup import urls
from warehouse.model import Entry, Sighting

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """A sighting with all the identities it could have in its feed: by guid, by link, by title and date.

    `page` is its canonical URL; None where there is no link, or one to a front page, which no single item is.
    `article_id` stands for that page, `title` is as titles are compared.
    """

    sighting: Sighting
    address: urls.Address | None
    page: str | None
    article_id: str | None
    title: str
    guid_id: str | None
    link_id: str | None
    title_id: str
    wording: str

    @property
    def entry_ids(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.guid_id, self.link_id, self.title_id)))

    @property
    def document(self) -> tuple[datetime, str]:
        """What all claims of one document share; bodies of one feed seen at the same moment count as one."""
        return self.sighting.seen_at, self.sighting.feed_id


@dataclass(frozen=True, slots=True)
class Document:
    """What the claims of one document say together: the guids that are there, the identities that serve two items."""

    guid_ids: frozenset[str]
    reused: frozenset[str]


def identifier(kind: str, *key: str) -> str:
    """A deterministic id: the first 16 hexadecimal digits of the SHA-256 of a natural key, prefixed by its kind."""
    return _sha256(kind, *key)[:16]


def article_id(canonical_url: str) -> str:
    """The id of the article at a canonical URL."""
    return identifier("article", canonical_url)


def wording_sha256(entry: Entry) -> str:
    """SHA-256 of the words a reader sees: title, summary and content.

    Dates and authors do not count: many feeds set the date of change on every build and reorder names, so that each
    poll would bring "revisions" in which no word is new.
    """
    return _sha256(entry.title, entry.summary_text, entry.content_text)


def order_of_wordings(sighting: Sighting, wording: str) -> tuple[datetime, datetime, str, _Rest]:
    """Sorts sightings so that the newest wording is last: seen later, then dated later, then by hash.

    The last element makes the order total, whatever else differs.
    """
    entry = sighting.entry
    dated_at = max(entry.updated_at or _NEVER, entry.published_at or _NEVER)
    return sighting.seen_at, dated_at, wording, _Rest(sighting)


class _Rest:
    """All else of a sighting, put into words only where another one is like it in what comes before."""

    __slots__ = ("_sighting",)

    def __init__(self, sighting: Sighting) -> None:
        self._sighting = sighting

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rest) and self._words() == other._words()

    def __lt__(self, other: _Rest) -> bool:
        return self._words() < other._words()

    def __hash__(self) -> int:
        return hash(self._words())

    def _words(self) -> str:
        entry = self._sighting.entry
        rest = (
            entry.guid,
            entry.link,
            entry.authors,
            entry.categories,
            entry.language,
            entry.source_name,
            entry.source_url,
        )
        return repr((rest, entry.updated_at, entry.published_at, self._sighting.body_sha256))


def claim(sighting: Sighting) -> Claim:
    """The identities that a sighting could have."""
    entry, feed_id = sighting.entry, sighting.feed_id
    address = urls.read(entry.link) if entry.link else None
    guid = (entry.guid or "").strip()
    date = entry.published_at.isoformat() if entry.published_at else ""
    page, title = page_of(address), fold(entry.title)
    return Claim(
        sighting=sighting,
        address=address,
        page=page,
        article_id=article_id(page) if page else None,
        title=title,
        guid_id=identifier("entry:guid", feed_id, guid) if guid else None,
        link_id=identifier("entry:link", feed_id, page) if page else None,
        title_id=identifier("entry:title", feed_id, title if entry.title else fold(entry.summary_text), date),
        wording=wording_sha256(entry),
    )


def page_of(address: urls.Address | None) -> str | None:
    """The canonical URL of an address that one item can be at; a front page is none."""
    return address.canonical if address and not address.is_home_page else None


def in_order(claims: Iterable[Claim]) -> list[Claim]:
    """Claims by time and feed, the newest wording last, whatever their order before."""
    return sorted(claims, key=lambda one: (*one.document, *order_of_wordings(one.sighting, one.wording)))


def read_document(claims: Iterable[Claim]) -> Document:
    """What the claims of one document say together."""
    groups: defaultdict[str, list[Claim]] = defaultdict(list)
    for one in claims:
        for entry_id in filter(None, (one.guid_id, one.link_id)):
            groups[entry_id].append(one)
    return Document(
        guid_ids=frozenset(one.guid_id for group in groups.values() for one in group if one.guid_id),
        reused=frozenset(entry_id for entry_id, group in groups.items() if _serves_several(entry_id, group)),
    )


def fold(text: str) -> str:
    """A title as it is compared: in one case, white space folded."""
    return " ".join(text.casefold().split())


def _serves_several(entry_id: str, group: Sequence[Claim]) -> bool:
    """Whether the claims to one identity in one document are for items that neither a link nor a title joins."""
    if len({one.title or fold(one.sighting.entry.summary_text) for one in group}) == 1:
        return False
    pages = {one.page for one in group}
    return len(pages) > 1 or None in pages or entry_id == group[0].link_id


def _sha256(*key: str) -> str:
    return hashlib.sha256("\x1f".join(key).encode("utf-8", "surrogatepass")).hexdigest()
