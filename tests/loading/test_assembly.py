"""What the steps found, as rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tasks.loading import articles, assembly
from tests.loading.made import FEEDS, OUTLETS, T0, after, identified, wording
from warehouse import rows
from warehouse.model import (
    Answer,
    ArticleUrl,
    Decisions,
    Document,
    Evidence,
    Failed,
    Feed,
    FeedState,
    Fetched,
    Labelled,
    Labels,
    Mention,
    NotModified,
    Outcome,
    Poll,
    Redirect,
    Seen,
    TopicLabel,
    story_founded_by,
)

# A new entry with two wordings, a known one in other words, and a known one in the same words.
NEW = (wording("e1", 1, "Uno", summary_text="Resumen."), wording("e1", 2, "Uno, corregido", summary_text="Resumen."))
REVISED = wording("e2", 4, "Dos")
DECISIONS = Decisions(
    new=(NEW[0].identified,),
    revisions=(*NEW, REVISED),
    seen=(
        Seen("e1", after(minutes=1), after(minutes=2), 2, "w1"),
        Seen("e2", after(minutes=4), after(minutes=4), 4, "w2"),
        Seen("e3", after(minutes=5), after(minutes=5), 1, "w3"),
    ),
)


# --- entries and wordings ----------------------------------------------------------------------


def test_a_new_entry_is_a_row_with_the_title_it_was_first_seen_with() -> None:
    (row,) = assembly.entry_rows(DECISIONS, {"e1": 3})
    assert row == rows.Entry(
        entry_id="e1",
        feed_id="uno",
        guid="e1",
        link="https://uno.example/1",
        article_id="a1",
        title="Uno",
        priority=3,
        first_seen_at=after(minutes=1),
        last_seen_at=after(minutes=2),
        revision_count=2,
        wording_sha256="w1",
        identity_reason="same guid",
        article_reason="same page",
    )


def test_known_entries_are_seen_again_and_new_ones_are_not() -> None:
    assert assembly.seen_again_rows(DECISIONS) == (
        rows.SeenAgain("e2", after(minutes=4), 4, "w2"),
        rows.SeenAgain("e3", after(minutes=5), 1, "w3"),
    )


def test_every_wording_is_a_row_with_the_document_it_came_from() -> None:
    found = assembly.revision_rows(DECISIONS)
    assert [(r.entry_id, r.revision_number, r.title, r.body_sha256) for r in found] == [
        ("e1", 1, "Uno", "body 1"),
        ("e1", 2, "Uno, corregido", "body 2"),
        ("e2", 4, "Dos", "body 4"),
    ]


def test_a_wording_keeps_all_that_the_item_said() -> None:
    said: dict[str, Any] = {
        "summary_text": "Resumen.",
        "content_text": "Todo.",
        "authors": ("A",),
        "categories": ("c",),
        "language": "es",
        "published_at": T0,
        "updated_at": after(hours=1),
    }
    (row,) = assembly.revision_rows(Decisions((), (wording("e1", **said),), ()))
    assert {name: getattr(row, name) for name in said} == said
    assert row.seen_at == after(minutes=1)


# --- priorities --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feed_id", "summary", "priority"),
    [("uno", "Resumen.", 0), ("uno", "", 1), ("wire", "Resumen.", 2), ("wire", "", 3)],
)
def test_the_publishers_own_feed_comes_first_then_a_summary(feed_id: str, summary: str, priority: int) -> None:
    item = identified("e1", feed_id=feed_id, summary_text=summary)
    assert assembly.priorities(Decisions((item,), (), ()), {}, FEEDS) == {"e1": priority}


def test_a_stored_priority_stays_whatever_later_wordings_have() -> None:
    assert assembly.priorities(DECISIONS, {"e2": 3}, FEEDS) == {"e1": 0, "e2": 3}


# --- addresses ---------------------------------------------------------------------------------


def test_an_address_that_several_entries_lead_through_is_one_row() -> None:
    canonical, mobile = (
        ArticleUrl("https://uno.example/1", "canonical"),
        ArticleUrl("https://m.uno.example/1", "mobile"),
    )
    items = [
        replace(identified("e1"), urls=(canonical, mobile)),
        replace(identified("e2"), urls=(canonical,)),
        replace(identified("e3", article_id="a0"), urls=(mobile,)),
    ]
    assert assembly.address_rows(items) == (
        rows.ArticleAddress("a0", mobile.url, "mobile"),
        rows.ArticleAddress("a1", mobile.url, "mobile"),
        rows.ArticleAddress("a1", canonical.url, "canonical"),
    )


# --- articles and labels -----------------------------------------------------------------------

EVIDENCE = Evidence("sanctions", "title", 3, "sanciones")
LABELS = Labels(
    level=2,
    score=0.9,
    topics=(TopicLabel("sanctions", (EVIDENCE,)), TopicLabel("energy", ())),
    actors=(Mention("pdvsa", "company", "PDVSA", "summary", 7), Mention("pdvsa", "company", "Pdvsa", "text", 0)),
    evidence=(EVIDENCE,),
    rules_version="r1",
)


def _labelled(labels: Labels = LABELS, **item: Any) -> Labelled:
    (draft,) = articles.drafts([wording("e1", **item)], known={}, priorities={"e1": 0}, outlets=OUTLETS)
    return Labelled(draft, labels, "es")


def _article(**item: Any) -> rows.Article:
    (row,) = assembly.article_rows([_labelled(**item)])
    return row


def test_an_article_is_a_row_with_its_labels_and_what_they_rest_on() -> None:
    row = _article()
    assert (row.relevance_level, row.relevance_score, row.is_relevant, row.rules_version) == (2, 0.9, True, "r1")
    assert (row.language, row.outlet_id, row.story_id) == ("es", "uno", story_founded_by("a1"))
    assert row.relevance_evidence == ({"term": "sanctions", "field": "title", "start_offset": 3, "text": "sanciones"},)


def test_an_article_is_dated_by_its_feed_where_that_can_be_true() -> None:
    assert _article(published_at=T0).reported_at == T0
    assert _article(published_at=after(days=2)).date_quality == "future"
    assert _article(updated_at=T0).date_quality == "updated"


@pytest.mark.parametrize(("content", "expected"), [("Todo.", ("Todo.", "feed")), ("", (None, None))])
def test_the_full_text_of_a_feed_is_named_as_such(content: str, expected: tuple[str | None, str | None]) -> None:
    row = _article(content_text=content)
    assert (row.full_text, row.full_text_source) == expected


def test_topics_and_actors_are_rows_of_their_article() -> None:
    labelled = [_labelled()]
    plain = {"term": "sanctions", "field": "title", "start_offset": 3, "text": "sanciones"}
    assert assembly.topic_rows(labelled) == (
        rows.ArticleTopic("a1", "sanctions", (plain,), "r1"),
        rows.ArticleTopic("a1", "energy", (), "r1"),
    )
    assert assembly.actor_rows(labelled) == (
        rows.ArticleActor("a1", "pdvsa", "company", "PDVSA", "summary", 7, "r1"),
        rows.ArticleActor("a1", "pdvsa", "company", "Pdvsa", "text", 0, "r1"),
    )


# --- fetches -----------------------------------------------------------------------------------

POLL = Poll(Feed("uno", "https://uno.example/rss", "uno", "es"), FeedState("uno", last_body_sha256="same"))
ANSWER = Answer("uno", T0, 0.5, "https://uno.example/rss", http_status=200, bytes_received=77)
FAILED = Failed(ANSWER, "http", "temporary", "HTTP 503", retry_after_seconds=60.0)


@pytest.mark.parametrize(
    ("outcome", "name"),
    [
        (Fetched(ANSWER, "other", 99), "fetched"),
        (Fetched(ANSWER, "same", 99), "unchanged"),
        (NotModified(ANSWER), "not_modified"),
        (FAILED, "failed"),
    ],
)
def test_an_outcome_has_its_name(outcome: Outcome, name: str) -> None:
    assert assembly.outcome_name(POLL, outcome) == name


def test_a_fetch_is_a_row_with_what_it_brought() -> None:
    entry = identified("e1").sighting.entry
    document = Document("rss20", "Uno", "es", (entry, entry), problems=("cut short",))
    row = assembly.fetch_row("r1", POLL, Fetched(ANSWER, "other", 99), document, 1)
    assert row == rows.Fetch(
        run_id="r1",
        feed_id="uno",
        started_at=T0,
        seconds=0.5,
        outcome="fetched",
        http_status=200,
        bytes_received=77,
        body_sha256="other",
        entry_count=2,
        new_entry_count=1,
        problems=("cut short",),
    )


def test_a_failure_is_a_row_with_its_reason() -> None:
    row = assembly.fetch_row("r1", POLL, FAILED, None, None)
    assert (row.outcome, row.error_kind, row.error_message, row.retry_after_seconds) == (
        "failed",
        "http",
        "HTTP 503",
        60.0,
    )
    assert (row.body_sha256, row.entry_count) == (None, None)


def test_a_redirect_is_recorded_by_where_it_led() -> None:
    moved = replace(ANSWER, url="https://uno.example/new", redirects=(Redirect(301, "https://uno.example/new"),))
    assert assembly.fetch_row("r1", POLL, NotModified(moved), None, None).redirected_to_url == "https://uno.example/new"
    assert assembly.fetch_row("r1", POLL, NotModified(ANSWER), None, None).redirected_to_url is None
