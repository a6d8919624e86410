"""Which entry of its feed and which article a sighting is, and why.

An entry is what its feed says it is: the same guid, else the same link, else the same title and date. Feeds break
this in two ways, both noticed here: a guid that is used again for another item is not believed, and an item that
comes back under a new guid is the entry it was. An article is a page: all entries whose links have one canonical URL
are one article, whichever feed brought them. An entry without a link of its own is an article of its own, and an
entry keeps its article when its link changes.

Documents are taken in the order they were seen, each against what was known before it. So a batch gives what its
documents would have given one by one, and the order in which sightings are handed over is without effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from tasks.dedup import claims, urls
from tasks.dedup.claims import Claim, Document
from tasks.dedup.outlets import OutletIndex
from warehouse.model import ArticleUrl, Feed, Identified, KnownEntry, Outlet, Sighting

OWN_URL = "urn:usven:entry:"
"""Begins the canonical URL of an article whose entry has no page of its own; the entry's id follows."""
_SHOWN_CHANGES = 6


@dataclass(frozen=True, slots=True)
class Candidates:
    """What sightings could turn out to be: stored entries with one of the entry ids or one of the article ids."""

    claims: tuple[Claim, ...]
    entry_ids: frozenset[str]
    article_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Match:
    """The entry that a claim was found to be for, and why."""

    claim: Claim
    entry_id: str
    reason: str


class _Known:
    """Entries known so far, those of the batch included: by id, and by the article they stand for in a feed."""

    def __init__(self, entries: Iterable[KnownEntry]) -> None:
        self._by_id: dict[str, KnownEntry] = {}
        self._on_page: dict[tuple[str, str], list[str]] = {}
        for entry in entries:
            self.put(entry)

    def put(self, entry: KnownEntry) -> None:
        """Keep an entry; one that is known stays as it was first seen."""
        if entry.entry_id not in self._by_id:
            self._by_id[entry.entry_id] = entry
            self._on_page.setdefault((entry.feed_id, entry.article_id), []).append(entry.entry_id)

    def get(self, entry_id: str | None) -> KnownEntry | None:
        return self._by_id.get(entry_id or "")

    def __getitem__(self, entry_id: str) -> KnownEntry:
        return self._by_id[entry_id]

    def on_page(self, claim: Claim) -> list[KnownEntry]:
        """Entries of the claim's feed that stand for the page it leads to."""
        found = self._on_page.get((claim.sighting.feed_id, claim.article_id or ""), ())
        return [self._by_id[entry_id] for entry_id in sorted(found)]


def candidates(sightings: Iterable[Sighting]) -> Candidates:
    """All ids under which the warehouse may know the sightings; what it holds of them goes into `identify`."""
    found = tuple(map(claims.claim, sightings))
    return Candidates(
        claims=found,
        entry_ids=frozenset(entry_id for claim in found for entry_id in claim.entry_ids),
        article_ids=frozenset(claim.article_id for claim in found if claim.article_id),
    )


def identify(
    found: Iterable[Claim],
    *,
    feeds: Mapping[str, Feed],
    outlets: OutletIndex,
    known: Iterable[KnownEntry] = (),
) -> tuple[Identified, ...]:
    """Each claimed sighting with its entry and its article; `known` are the stored entries that `candidates` asks for.

    The result is in the order of time, then feed and document, each entry's newest wording last.
    """
    past = _Known(known)
    identified: list[Identified] = []
    for _, document in groupby(claims.in_order(found), key=lambda claim: claim.document):
        identified += _identify_document(tuple(document), feeds, outlets, past)
    return tuple(identified)


def publishers(
    identified: Iterable[Identified], *, feeds: Mapping[str, Feed], outlets: OutletIndex
) -> tuple[Outlet, ...]:
    """The outlets that the identified name, by id, those met for the first time included.

    Where an unknown one goes by several names, the one that sorts first is taken.
    """
    named: dict[str, Outlet] = {}
    for item in identified:
        met = publisher(item.canonical_url, item.sighting, feeds, outlets)
        if met.name <= named.setdefault(met.outlet_id, met).name:
            named[met.outlet_id] = met
    return tuple(named[outlet_id] for outlet_id in sorted(named))


# --- entries -----------------------------------------------------------------------------------


def _identify_document(
    document: Sequence[Claim], feeds: Mapping[str, Feed], outlets: OutletIndex, past: _Known
) -> list[Identified]:
    said = claims.read_document(document)
    matches = [_match(claim, said, past) for claim in document]
    for entry in {match.entry_id: _as_known(match) for match in matches}.values():
        past.put(entry)
    return [_identified(match, past[match.entry_id], feeds, outlets) for match in matches]


def _match(claim: Claim, document: Document, past: _Known) -> _Match:
    """The entry of a claim: by its guid where that can be believed, then by what else joins it to one."""
    return (
        _by_known_guid(claim, document, past)
        or _by_page_and_title(claim, document, past)
        or _by_new_guid(claim, document, past)
        or _by_link(claim, document, past)
        or _Match(claim, claim.title_id, f"same title and date in feed {claim.sighting.feed_id}" + _doubt(claim))
    )


def _by_known_guid(claim: Claim, document: Document, past: _Known) -> _Match | None:
    stored = past.get(claim.guid_id)
    if stored is None or not _is_same_item(claim, stored, is_reused=claim.guid_id in document.reused):
        return None
    return _Match(claim, stored.entry_id, f"same guid {_quoted(claim)} in feed {claim.sighting.feed_id}")


def _by_new_guid(claim: Claim, document: Document, past: _Known) -> _Match | None:
    if claim.guid_id is None or claim.guid_id in document.reused or past.get(claim.guid_id):
        return None
    return _Match(claim, claim.guid_id, f"same guid {_quoted(claim)} in feed {claim.sighting.feed_id}")


def _is_same_item(claim: Claim, stored: KnownEntry, *, is_reused: bool) -> bool:
    """Whether a known guid still names the item it named: another link and another title make another item."""
    if claim.article_id is None and not is_reused:
        return True
    return claim.article_id == stored.article_id or claim.title == claims.fold(stored.title)


def _by_page_and_title(claim: Claim, document: Document, past: _Known) -> _Match | None:
    """A known entry with this page and title whose own guid is gone from the document: the feed changed the guid."""
    for stored in past.on_page(claim):
        if stored.entry_id not in document.guid_ids and claims.fold(stored.title) == claim.title:
            now = f"under the new guid {_quoted(claim)}" if claim.guid_id else "without a guid"
            return _Match(claim, stored.entry_id, f"same link and title in feed {claim.sighting.feed_id}, {now}")
    return None


def _by_link(claim: Claim, document: Document, past: _Known) -> _Match | None:
    if claim.link_id is None:
        return None
    stored = past.get(claim.link_id)
    if claim.link_id in document.reused and not (stored and claims.fold(stored.title) == claim.title):
        return None
    return _Match(claim, claim.link_id, f"same link in feed {claim.sighting.feed_id}" + _doubt(claim))


def _doubt(claim: Claim) -> str:
    return f"; guid reused: {_quoted(claim)} names several items" if claim.guid_id else ""


def _quoted(claim: Claim) -> str:
    return repr((claim.sighting.entry.guid or "")[:120])


def _as_known(match: _Match) -> KnownEntry:
    """What will be known of an entry that the claim is the first to show."""
    sighting = match.claim.sighting
    return KnownEntry(
        entry_id=match.entry_id,
        feed_id=sighting.feed_id,
        article_id=match.claim.article_id or claims.article_id(OWN_URL + match.entry_id),
        link=sighting.entry.link,
        title=sighting.entry.title,
        last_seen_at=sighting.seen_at,
        revision_count=1,
        wording_sha256=match.claim.wording,
    )


# --- articles ----------------------------------------------------------------------------------


def _identified(match: _Match, known: KnownEntry, feeds: Mapping[str, Feed], outlets: OutletIndex) -> Identified:
    claim = match.claim
    canonical_url = claim.page if claim.page and claim.article_id == known.article_id else _canonical_url(known)
    return Identified(
        sighting=claim.sighting,
        entry_id=match.entry_id,
        article_id=known.article_id,
        canonical_url=canonical_url,
        urls=_urls(claim, canonical_url),
        outlet_id=publisher(canonical_url, claim.sighting, feeds, outlets).outlet_id,
        wording_sha256=claim.wording,
        identity_reason=match.reason,
        article_reason=_article_reason(claim, canonical_url),
    )


def _canonical_url(known: KnownEntry) -> str:
    return claims.page_of(urls.read(known.link or "")) or OWN_URL + known.entry_id


def _urls(claim: Claim, canonical_url: str) -> tuple[ArticleUrl, ...]:
    """The canonical URL first; a changed link leads to it too, since the feed says it is the same item."""
    first = ArticleUrl(canonical_url, "canonical")
    if claim.page is None or claim.address is None:
        return (first,)
    if claim.page == canonical_url:
        return claim.address.urls
    return (first, *(replace(url, kind="redirect") for url in claim.address.urls))


def _article_reason(claim: Claim, canonical_url: str) -> str:
    if claim.page is None:
        return "an article of its own: its link is a front page" if claim.address else "an article of its own: no link"
    if claim.page != canonical_url:
        return "the page this entry was first seen with; its link has changed since"
    changes = claim.address.changes if claim.address else ()
    if not changes:
        return "same page by its link"
    more = f" and {len(changes) - _SHOWN_CHANGES} more" if len(changes) > _SHOWN_CHANGES else ""
    return "same page after " + ", ".join(change[:80] for change in changes[:_SHOWN_CHANGES]) + more


def publisher(canonical_url: str, sighting: Sighting, feeds: Mapping[str, Feed], outlets: OutletIndex) -> Outlet:
    """The outlet that published the article at an address that a sighting leads to."""
    entry = sighting.entry
    return outlets.outlet_of(
        canonical_url, feeds[sighting.feed_id], source_name=entry.source_name, source_url=entry.source_url
    )
