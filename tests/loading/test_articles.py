"""Which entry an article shows, whatever the order in which its entries come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.loading import articles
from tasks.tagging import labelling
from tests.loading.made import OUTLETS, T0, after, wording
from warehouse.model import Draft, KnownArticle, Wording, story_founded_by

KNOWN = KnownArticle("a1", "uno", "e5", shown_priority=1, first_seen_at=T0, story_id="s-old")


def _drafts(
    revisions: Sequence[Wording], priorities: dict[str, int], known: dict[str, KnownArticle] | None = None
) -> tuple[Draft, ...]:
    return articles.drafts(revisions, known=known or {}, priorities=priorities, outlets=OUTLETS)


def _draft(*revisions: Wording, known: KnownArticle | None = None, **priorities: int) -> Draft:
    (draft,) = _drafts(revisions, priorities, {"a1": known} if known else None)
    return draft


def test_a_new_article_shows_its_entry() -> None:
    item = {"summary_text": "Resumen.", "content_text": "Todo.", "published_at": T0, "updated_at": after(hours=1)}
    draft = _draft(wording("e1", 1, "Uno", minutes=3, language="es", **item), e1=0)
    assert draft == Draft(
        article_id="a1",
        canonical_url="https://uno.example/a1",
        outlet_id="uno",
        outlet_name="Uno",
        shown_entry_id="e1",
        shown_priority=0,
        story_id=story_founded_by("a1"),
        is_new=True,
        title="Uno",
        summary_text="Resumen.",
        full_text="Todo.",
        full_text_source="feed",
        declared_language="es",
        published_at=T0,
        reported_at=T0,
        first_seen_at=after(minutes=3),
        seen_at=after(minutes=3),
        date_quality="published",
    )


def test_a_date_that_cannot_be_true_dates_neither_the_article_nor_what_is_read_in_it() -> None:
    draft = _draft(wording("e1", minutes=3, published_at=after(days=9)), e1=0)
    assert (draft.reported_at, draft.date_quality) == (after(minutes=3), "future")
    assert labelling.text_of(draft).at == after(minutes=3)


def test_of_several_entries_the_one_of_least_priority_is_shown() -> None:
    assert _draft(wording("e1", title="Peor"), wording("e2", title="Mejor"), e1=2, e2=0).title == "Mejor"


def test_of_entries_with_one_priority_the_least_id_is_shown() -> None:
    assert _draft(wording("e2", title="Dos"), wording("e1", title="Uno"), e1=1, e2=1).title == "Uno"


def test_of_an_entrys_wordings_the_newest_is_shown() -> None:
    assert _draft(wording("e1", 2, "Nuevo"), wording("e1", 1, "Viejo"), e1=1).title == "Nuevo"


def test_a_newer_wording_of_a_worse_entry_is_not_shown() -> None:
    assert _draft(wording("e1", 1, "Uno"), wording("e2", 9, "Dos"), e1=0, e2=1).title == "Uno"


def test_an_article_was_first_seen_when_any_of_its_entries_was() -> None:
    draft = _draft(wording("e1", minutes=9), wording("e2", minutes=3), e1=0, e2=1)
    assert (draft.shown_entry_id, draft.first_seen_at, draft.seen_at) == ("e1", after(minutes=3), after(minutes=9))


@given(st.data())
def test_what_an_article_shows_does_not_hang_on_the_order_of_its_wordings(data: st.DataObject) -> None:
    names = [f"e{n}" for n in range(4)]
    priorities = {name: data.draw(st.integers(0, 3), label=name) for name in names}
    counts = {name: data.draw(st.integers(1, 3)) for name in names}
    pages = {name: data.draw(st.sampled_from(["a1", "a2"])) for name in names}
    revisions = [
        wording(name, number, f"{name} {number}", article_id=pages[name])
        for name in names
        for number in range(1, counts[name] + 1)
    ]
    known = {"a1": KNOWN} if data.draw(st.booleans()) else {}
    assert _drafts(data.draw(st.permutations(revisions)), priorities, known) == _drafts(revisions, priorities, known)


def test_drafts_come_in_the_order_of_article_ids() -> None:
    drafts = _drafts([wording("e1", article_id="a2"), wording("e2", article_id="a1")], {"e1": 0, "e2": 0})
    assert [draft.article_id for draft in drafts] == ["a1", "a2"]


def test_without_wordings_no_article_changes() -> None:
    assert _drafts([], {}) == ()


# --- stored articles ---------------------------------------------------------------------------


@pytest.mark.parametrize(("entry_id", "priority"), [("e4", 1), ("e9", 0), ("e5", 1)])
def test_a_stored_article_shows_a_better_entry_and_new_words_of_its_own(entry_id: str, priority: int) -> None:
    draft = _draft(wording(entry_id, 2, "Nuevo"), known=KNOWN, **{entry_id: priority})
    assert (draft.title, draft.shown_entry_id, draft.shown_priority) == ("Nuevo", entry_id, priority)


@pytest.mark.parametrize(("entry_id", "priority"), [("e6", 1), ("e4", 2)])
def test_a_stored_article_is_left_alone_by_a_worse_entry(entry_id: str, priority: int) -> None:
    assert _drafts([wording(entry_id)], {entry_id: priority}, {"a1": KNOWN}) == ()


def test_a_stored_article_keeps_its_story_and_is_not_new() -> None:
    draft = _draft(wording("e5"), known=KNOWN, e5=1)
    assert (draft.story_id, draft.is_new) == ("s-old", False)


@pytest.mark.parametrize(("minutes", "first"), [(5, T0), (-5, after(minutes=-5))])
def test_a_stored_article_was_first_seen_at_the_earliest_time(minutes: int, first: object) -> None:
    assert _draft(wording("e5", minutes=minutes), known=KNOWN, e5=1).first_seen_at == first


def test_the_entries_of_one_batch_or_of_several_leave_the_same_article() -> None:
    one, two = wording("e2", title="Dos"), wording("e1", title="Uno")
    at_once = _draft(one, two, e1=1, e2=1)
    first = _draft(one, e2=1)
    stored = KnownArticle("a1", "uno", first.shown_entry_id, first.shown_priority, first.first_seen_at, first.story_id)
    assert replace(_draft(two, known=stored, e1=1), is_new=True) == at_once


def test_the_text_of_a_page_stays_through_every_wording_of_a_feed() -> None:
    draft = _draft(wording("e5", content_text="Del feed."), known=replace(KNOWN, page_text="De la página."), e5=1)
    assert (draft.full_text, draft.full_text_source) == ("De la página.", "page")


def test_an_outlet_that_nobody_knows_has_no_name() -> None:
    item = wording("e1")
    stranger: Any = replace(item, identified=replace(item.identified, outlet_id="nadie"))
    assert _draft(stranger, e1=0).outlet_name == ""


def test_the_story_of_an_article_is_the_same_every_time_and_its_own() -> None:
    assert story_founded_by("a1") == story_founded_by("a1") != story_founded_by("a2")
