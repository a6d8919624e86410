"""Which entry and which article a sighting is: guids, links, titles, their reuse and their rotation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.dedup import claims, decide, identity
from tasks.dedup.outlets import OutletIndex
from warehouse.model import Decisions, Entry, Feed, Identified, KnownEntry, Outlet, Sighting

T0 = datetime(2026, 1, 3, 6, tzinfo=UTC)
FEEDS = {feed_id: Feed(feed_id, f"https://{feed_id}.example/rss", feed_id, "es") for feed_id in ("uno", "dos")}
OUTLETS = OutletIndex(
    Outlet(name, name, "VE", "newspaper", home_url=None, hosts=(f"{name}.example",)) for name in ("uno", "dos")
)
PAGE = "https://uno.example/nota-1"


def _seen(
    title: str = "Amanece en Caracas",
    *,
    guid: str | None = None,
    link: str | None = None,
    minutes: int = 0,
    feed_id: str = "uno",
    summary: str = "",
    published_at: datetime | None = None,
) -> Sighting:
    entry = Entry(guid, link, title, summary_text=summary, published_at=published_at)
    return Sighting(feed_id, f"body {feed_id} {minutes}", T0 + timedelta(minutes=minutes), entry)


def _identify(*sightings: Sighting, known: Sequence[KnownEntry] = ()) -> tuple[Identified, ...]:
    return identity.identify(map(claims.claim, sightings), feeds=FEEDS, outlets=OUTLETS, known=known)


def _entry_count(*sightings: Sighting) -> int:
    return len({item.entry_id for item in _identify(*sightings)})


def _article_count(*sightings: Sighting) -> int:
    return len({item.article_id for item in _identify(*sightings)})


# --- entries -----------------------------------------------------------------------------------


def test_a_guid_is_the_identity_whatever_the_words() -> None:
    first, second = _seen("Amanece", guid="g", link=PAGE), _seen("Anochece", guid="g", link=PAGE, minutes=9)
    assert _entry_count(first, second) == 1


def test_a_guid_holds_within_its_feed_only() -> None:
    assert _entry_count(_seen(guid="1"), _seen(guid="1", feed_id="dos")) == 2


def test_without_a_guid_the_link_is_the_identity_tracking_aside() -> None:
    first, second = _seen("Amanece", link=PAGE), _seen("Anochece", link=PAGE + "?utm_source=rss", minutes=9)
    assert _entry_count(first, second) == 1


def test_without_guid_and_link_title_and_date_are_the_identity() -> None:
    first, again = _seen(published_at=T0), _seen("AMANECE  en caracas", published_at=T0, minutes=9)
    next_day = _seen(published_at=T0 + timedelta(days=1), minutes=9)
    assert _entry_count(first, again) == 1
    assert _entry_count(first, next_day) == 2


def test_a_link_to_a_front_page_identifies_nothing() -> None:
    assert _entry_count(_seen("Uno", link="https://uno.example/"), _seen("Dos", link="https://uno.example/")) == 2


def test_an_entry_is_known_again_under_its_stored_id() -> None:
    (first,) = _identify(_seen(guid="g", link=PAGE))
    (again,) = _identify(_seen("Otro", guid="g", link=PAGE, minutes=9), known=[_stored(first)])
    assert again.entry_id == first.entry_id
    assert again.identity_reason == "same guid 'g' in feed uno"


def test_a_guid_that_serves_two_items_of_one_document_is_no_identity() -> None:
    found = _identify(_seen("Uno", guid="0", link=PAGE), _seen("Dos", guid="0", link="https://uno.example/nota-2"))
    assert len({item.entry_id for item in found}) == 2
    assert {item.identity_reason for item in found} == {
        "same link in feed uno; guid reused: '0' names several items",
    }


def test_a_guid_that_serves_two_items_without_links_is_no_identity() -> None:
    assert _entry_count(_seen("Uno", guid="0"), _seen("Dos", guid="0")) == 2


def test_an_item_printed_twice_in_a_document_is_one_entry() -> None:
    assert _entry_count(_seen(guid="g", link=PAGE), _seen(guid="g", link=PAGE + "?utm_source=b")) == 1


def test_a_known_guid_with_another_link_and_another_title_is_not_believed() -> None:
    (first,) = _identify(_seen("Uno", guid="hoy", link=PAGE))
    other = _seen("Dos", guid="hoy", link="https://uno.example/nota-2", minutes=9)
    (second,) = _identify(other, known=[_stored(first)])
    assert second.entry_id != first.entry_id
    assert "guid reused" in second.identity_reason


def test_a_known_guid_with_another_title_alone_is_a_revision() -> None:
    (first,) = _identify(_seen("Uno", guid="g", link=PAGE))
    (second,) = _identify(_seen("Dos", guid="g", link=PAGE, minutes=9), known=[_stored(first)])
    assert second.entry_id == first.entry_id


def test_the_first_holder_of_a_reused_guid_keeps_its_entry() -> None:
    (first,) = _identify(_seen("Uno", guid="hoy", link=PAGE))
    both = (
        _seen("Uno", guid="hoy", link=PAGE, minutes=9),
        _seen("Dos", guid="hoy", link="https://uno.example/nota-2", minutes=9),
    )
    found = _identify(*both, known=[_stored(first)])
    assert {item.entry_id for item in found if item.sighting.entry.title == "Uno"} == {first.entry_id}
    assert len({item.entry_id for item in found}) == 2


def test_the_same_link_and_title_under_a_new_guid_is_the_entry_it_was() -> None:
    (first,) = _identify(_seen(guid="a", link=PAGE))
    (second,) = _identify(_seen(guid="b", link=PAGE + "?utm_source=rss", minutes=9), known=[_stored(first)])
    assert second.entry_id == first.entry_id
    assert second.identity_reason == "same link and title in feed uno, under the new guid 'b'"


def test_two_guids_side_by_side_in_a_document_are_two_entries_at_every_poll() -> None:
    polls = [_seen(guid=guid, link=PAGE, minutes=minutes) for minutes in (0, 9, 18) for guid in "ab"]
    assert _entry_count(*polls) == 2


def test_a_link_shared_by_items_without_guids_leaves_them_to_title_and_date() -> None:
    assert _entry_count(_seen("Uno", link=PAGE), _seen("Dos", link=PAGE)) == 2


# --- articles ----------------------------------------------------------------------------------


def test_one_page_in_two_feeds_is_one_article() -> None:
    first = _seen(guid="a", link="http://www.uno.example/nota-1/")
    second = _seen(guid="b", link=PAGE + "?utm_source=dos", feed_id="dos")
    found = _identify(first, second)
    assert {(item.article_id, item.canonical_url, item.outlet_id) for item in found} == {
        (claims.article_id(PAGE), PAGE, "uno")
    }


def test_the_reason_of_an_article_names_what_was_left_out() -> None:
    (item,) = _identify(_seen(link="https://m.uno.example/nota-1?utm_source=rss"))
    assert item.article_reason == "same page after removing m., removing utm_source"
    assert [(address.url, address.kind) for address in item.urls] == [
        (PAGE, "canonical"),
        ("https://m.uno.example/nota-1?utm_source=rss", "mobile"),
    ]


def test_an_entry_without_a_link_is_an_article_of_its_own() -> None:
    (item,) = _identify(_seen(guid="g"))
    assert item.canonical_url == f"urn:usven:entry:{item.entry_id}"
    assert [address.url for address in item.urls] == [item.canonical_url]


def test_entries_that_link_to_a_front_page_are_articles_of_their_own() -> None:
    home = "https://uno.example/index.html"
    assert _article_count(_seen("Uno", guid="1", link=home), _seen("Dos", guid="2", link=home)) == 2


def test_an_entry_keeps_its_article_when_its_link_changes() -> None:
    (first,) = _identify(_seen(guid="g", link=PAGE))
    moved = _seen(guid="g", link="https://uno.example/nota-1-corregida", minutes=9)
    (second,) = _identify(moved, known=[_stored(first)])
    assert (second.article_id, second.canonical_url) == (first.article_id, PAGE)
    assert second.urls[1].url == "https://uno.example/nota-1-corregida"
    assert "link has changed" in second.article_reason


def test_an_entry_that_shows_two_links_at_once_has_one_article() -> None:
    assert _article_count(_seen(guid="g", link=PAGE), _seen(guid="g", link="https://uno.example/otra")) == 1


# --- candidates, wording, ids ------------------------------------------------------------------


def test_the_candidates_cover_every_id_that_identify_may_give() -> None:
    sightings = (_seen(guid="g", link=PAGE), _seen("Sin nada"), _seen("Con link", link="https://uno.example/nota-2"))
    found = _identify(*sightings)
    wanted = identity.candidates(sightings)
    assert {item.entry_id for item in found} <= wanted.entry_ids
    assert {item.article_id for item in found if item.canonical_url.startswith("https:")} == wanted.article_ids


def test_the_wording_is_the_words_and_not_the_dates_or_names() -> None:
    entry = Entry("g", PAGE, "Uno", "dos", "tres")
    dated = replace(entry, published_at=T0, updated_at=T0, authors=("A",), categories=("c",), guid="h")
    assert claims.wording_sha256(entry) == claims.wording_sha256(dated)
    assert claims.wording_sha256(entry) != claims.wording_sha256(
        replace(entry, summary_text="dos tres", content_text="")
    )


def test_an_id_is_sixteen_hexadecimal_digits_of_the_hash_of_its_key() -> None:
    natural_key = f"article\x1f{PAGE}".encode()
    assert claims.article_id(PAGE) == hashlib.sha256(natural_key).hexdigest()[:16]


def test_the_kind_of_a_key_is_part_of_it() -> None:
    assert claims.identifier("entry:guid", "uno", PAGE) != claims.identifier("entry:link", "uno", PAGE)


# --- laws --------------------------------------------------------------------------------------

_sightings = st.lists(
    st.builds(
        _seen,
        st.sampled_from(["Uno", "Dos", "Tres"]),
        guid=st.sampled_from([None, "a", "b"]),
        link=st.sampled_from([None, PAGE, PAGE + "?utm_source=x", "https://uno.example/nota-2", "https://uno.example"]),
        minutes=st.sampled_from([0, 10, 20]),
        feed_id=st.sampled_from(["uno", "dos"]),
        summary=st.sampled_from(["", "resumen"]),
        published_at=st.sampled_from([None, T0, T0 + timedelta(hours=1)]),
    ),
    max_size=12,
)


@given(_sightings, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_sightings_is_without_effect(sightings: list[Sighting], random: object) -> None:
    shuffled = list(sightings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _identify(*shuffled) == _identify(*sightings)
    assert _decide(shuffled, {}) == _decide(sightings, {})


@given(_sightings)
@settings(max_examples=200, deadline=None)
def test_an_entry_has_one_article_and_an_article_one_canonical_url(sightings: list[Sighting]) -> None:
    found = _identify(*sightings)
    assert len({(item.entry_id, item.article_id) for item in found}) == len({item.entry_id for item in found})
    assert len({(item.article_id, item.canonical_url) for item in found}) == len({item.article_id for item in found})
    assert all(claims.article_id(item.canonical_url) == item.article_id for item in found)


@given(_sightings)
@settings(max_examples=200, deadline=None)
def test_a_batch_gives_what_its_documents_give_one_by_one(sightings: list[Sighting]) -> None:
    whole = _load(_decide(sightings, {}), {})
    stored: dict[str, KnownEntry] = {}
    by_time = sorted(sightings, key=lambda sighting: sighting.seen_at)
    for _, batch in groupby(by_time, key=lambda sighting: sighting.seen_at):
        stored = _load(_decide(list(batch), stored), stored)
    assert stored == whole


@given(_sightings)
@settings(max_examples=200, deadline=None)
def test_loading_a_batch_twice_adds_nothing(sightings: list[Sighting]) -> None:
    stored = _load(_decide(sightings, {}), {})
    again = _decide(sightings, stored)
    assert (again.new, again.revisions) == ((), ())
    assert _load(again, stored) == stored


def _decide(sightings: Sequence[Sighting], stored: dict[str, KnownEntry]) -> Decisions:
    return decide.decide(_identify(*sightings, known=list(stored.values())), stored)


def _load(decisions: Decisions, stored: dict[str, KnownEntry]) -> dict[str, KnownEntry]:
    """What the warehouse holds after a load: the loader's part, on a dictionary."""
    known = stored | {item.entry_id: _stored(item) for item in decisions.new}
    for seen in decisions.seen:
        known[seen.entry_id] = replace(
            known[seen.entry_id],
            last_seen_at=seen.last_seen_at,
            revision_count=seen.revision_count,
            wording_sha256=seen.wording_sha256,
        )
    return known


def _stored(item: Identified) -> KnownEntry:
    sighting = item.sighting
    return KnownEntry(
        entry_id=item.entry_id,
        feed_id=sighting.feed_id,
        article_id=item.article_id,
        link=sighting.entry.link,
        title=sighting.entry.title,
        last_seen_at=sighting.seen_at,
        revision_count=1,
        wording_sha256=item.wording_sha256,
    )
