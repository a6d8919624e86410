"""What changed, what vanished and what was known at a time, on feeds small enough to follow by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse import made
from tests.warehouse.made import Report, after
from warehouse import rows
from warehouse.catalogue import Catalogue
from warehouse.database import Connection
from warehouse.model import Feed
from warehouse.store import Store

FEED = Feed("uno", "https://uno.example/rss", "uno", "es")


def _reworded(db: Connection, old: str, new: str, field: str = "title") -> list[tuple[Any, ...]]:
    """What `mart.wording_changes` says of an item whose words were changed."""
    made.empty(db)
    report = Report("one")
    first = replace(report.revision, **{field: old})
    second = replace(first, revision_number=2, seen_at=after(hours=1), **{field: new})
    Store(db).load(made.batch(report, revisions=(first, second)))
    return db.execute("SELECT field, removed_words, added_words FROM mart.wording_changes").fetchall()


# --- revisions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "removed", "added"),
    [
        ("Trump orders strikes on Caracas", "Trump suspends strikes", ["orders", "on", "Caracas"], ["suspends"]),
        (
            "Three dead",
            "At least three dead, two hurt",
            ["Three", "dead"],
            ["At", "least", "three", "dead,", "two", "hurt"],
        ),
        ("the law and the order", "the law and order", ["the"], []),
        ("Maduro meets Trump", "Trump meets Maduro", [], []),
        ("", "Now with words", [], ["Now", "with", "words"]),
    ],
)
def test_a_revision_says_which_words_were_removed_and_added(
    db: Connection, old: str, new: str, removed: list[str], added: list[str]
) -> None:
    assert _reworded(db, old, new) == [("title", removed, added)]


@pytest.mark.parametrize(("column", "field"), [("summary_text", "summary"), ("content_text", "text")])
def test_each_field_that_changed_is_a_row_of_its_own(db: Connection, column: str, field: str) -> None:
    assert _reworded(db, "He agreed.", "He refused.", column) == [(field, ["agreed."], ["refused."])]


def test_what_never_changed_has_no_revisions(db: Connection) -> None:
    made.load(db, Report("one"), Report("two"))
    assert db.execute("FROM mart.wording_changes").fetchall() == []


WORDS = st.lists(st.sampled_from(["a", "b", "la", "Maduro,", "¿"]), max_size=8)


@settings(deadline=None, max_examples=5)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=30, max_size=30))
def test_the_new_words_are_the_old_ones_without_the_removed_and_with_the_added(
    memory: Connection, pairs: Sequence[tuple[Sequence[str], Sequence[str]]]
) -> None:
    made.empty(memory)
    revisions = [
        replace(Report(str(place)).revision, revision_number=number, title=" ".join(words))
        for place, pair in enumerate(pairs)
        for number, words in enumerate(pair, 1)
    ]
    Store(memory).load(made.batch(*(Report(str(place)) for place in range(30)), revisions=tuple(revisions)))
    found = memory.execute(
        "SELECT entry_id[3:]::INTEGER, removed_words, added_words FROM mart.wording_changes"
    ).fetchall()
    differences = {place: (removed, added) for place, removed, added in found}
    for place, (old, new) in enumerate(pairs):
        removed, added = differences.get(place, ([], []))
        assert sorted([*old, *added]) == sorted([*new, *removed])
        assert not set(removed) & set(added)


# --- withdrawn items ---------------------------------------------------------------------------


def _shown(db: Connection, documents: Sequence[str], dates: Mapping[str, float] | None = None) -> None:
    """A feed whose hourly documents show the items named by letters; an item's date is its first hour, or is given."""
    store = Store(db)
    store.apply_catalogue(Catalogue((FEED,), ()), origin="catalogue")
    names = sorted(set("".join(documents)))
    hours = {n: [hour for hour, shown in enumerate(documents) if n in shown] for n in names}
    reports = [Report(n, at=after(hours=(dates or {}).get(n, hours[n][0]))) for n in names]
    entries = tuple(
        replace(r.entry, first_seen_at=after(hours=hours[r.name][0]), last_seen_at=after(hours=hours[r.name][-1]))
        for r in reports
    )
    fetches = tuple(
        rows.Fetch("r", "uno", after(hours=hour), 1.0, "fetched", entry_count=len(shown))
        for hour, shown in enumerate(documents)
    )
    store.load(made.batch(*reports, entries=entries, fetches=fetches))


def _withdrawn(db: Connection) -> list[str]:
    return [name for (name,) in db.execute("SELECT entry_id[3:] FROM mart.withdrawn_items ORDER BY 1").fetchall()]


AGES = {name: -10.0 + place for place, name in enumerate("abcdefghij")}
"""Dates of items that the first document shows already, the oldest first."""


def test_an_item_that_left_while_older_ones_stayed_was_withdrawn(db: Connection) -> None:
    _shown(db, ["abcdef", "abcdf", "abcdfg"], AGES)
    found = db.execute(
        "SELECT entry_id, hour(missed_at) - 6, older_count, older_kept_count, missing_count FROM mart.withdrawn_items"
    ).fetchall()
    assert found == [("e-e", 1, 4, 4, 2)]


def test_items_that_newer_ones_push_out_were_not(db: Connection) -> None:
    _shown(db, ["abcdef", "bcdefg", "cdefgh", "defghi", "fghij", "fghij"], AGES)
    assert _withdrawn(db) == []


def test_a_pinned_item_tells_of_nothing(db: Connection) -> None:
    _shown(db, ["abcdef", "adefgh", "afghij", "afghij"], AGES)
    assert _withdrawn(db) == []


def test_an_item_missing_from_one_document_may_come_back(db: Connection) -> None:
    _shown(db, ["abcdef", "abcdf"], AGES)
    assert _withdrawn(db) == []
    made.empty(db)
    _shown(db, ["abcdef", "abcdf", "abcdf", "abcdef"], AGES)
    assert _withdrawn(db) == []


def test_a_feed_without_an_order_tells_of_nothing(db: Connection) -> None:
    _shown(db, ["abcdefghij", "abcdfhj", "abcdj", "abcd", "abcd"], AGES)
    assert _withdrawn(db) == []


def test_a_date_in_the_future_makes_no_item_the_newest(db: Connection) -> None:
    _shown(db, ["abcdef", "bcdefg", "bcdefg"], AGES | {"a": 9_000.0})
    assert _withdrawn(db) == []


def test_an_article_that_another_feed_still_shows_is_said_to_be_shown(db: Connection) -> None:
    _shown(db, ["abcdef", "abcdf", "abcdf"], AGES)
    other = replace(Report("e").entry, entry_id="e-other", feed_id="dos", last_seen_at=after(hours=2))
    Store(db).load(made.batch(batch_id="b2", entries=(other,)))
    assert db.execute("SELECT is_shown_elsewhere FROM mart.withdrawn_items").fetchall() == [(True,)]


# --- as of a time ------------------------------------------------------------------------------


def test_a_story_as_of_a_time_has_the_headline_of_then(db: Connection) -> None:
    report = Report("one", "Strike feared")
    later = replace(report.revision, revision_number=2, title="Strike reported", seen_at=after(hours=2))
    entry = replace(report.entry, revision_count=2)
    article = replace(report.article, title="Strike reported")
    Store(db).load(made.batch(report, entries=(entry,), revisions=(report.revision, later), articles=(article,)))
    query = "SELECT headline FROM mart.stories_as_of($1)"
    assert db.execute(query, [_plain(1)]).fetchall() == [("Strike feared",)]
    assert db.execute(query, [_plain(3)]).fetchall() == [("Strike reported",)]


def test_an_article_as_of_a_time_shows_the_best_entry_of_then(db: Connection) -> None:
    first, better = Report("one", "From the aggregator"), Report("one", "From its own feed", summary="Own.")
    own = replace(better.entry, entry_id="e-own", first_seen_at=after(hours=2))
    words = replace(better.revision, entry_id="e-own", seen_at=after(hours=2))
    Store(db).load(made.batch(first, entries=(first.entry, own), revisions=(first.revision, words)))
    query = "SELECT title, worded_at FROM mart.articles_as_of($1)"
    assert db.execute(query, [_plain(1)]).fetchall() == [("From the aggregator", _plain(0))]
    assert db.execute(query, [_plain(3)]).fetchall() == [("From its own feed", _plain(2))]


def test_a_copy_is_independent_until_its_original_is_seen(db: Connection) -> None:
    original = Report("original", story_id="s", seen_at=after(hours=2))
    made.load(db, original, Report("copy", story_id="s", copy_of="original"))
    query = "SELECT article_count, independent_count FROM mart.stories_as_of($1)"
    assert db.execute(query, [_plain(1)]).fetchall() == [(1, 1)]
    assert db.execute(query, [_plain(3)]).fetchall() == [(2, 1)]


def _plain(hours: float) -> Any:
    return after(hours=hours).replace(tzinfo=None)
