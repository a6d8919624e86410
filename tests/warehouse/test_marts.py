"""The marts: each view on a warehouse small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from tests.warehouse import made
from tests.warehouse.made import T0, Report, after
from warehouse import rows
from warehouse.catalogue import Catalogue
from warehouse.database import Connection
from warehouse.model import Feed, FeedState, Outlet
from warehouse.store import Store

UNO = Outlet("uno", "El Uno", "VE", "newspaper", True)
DOS = Outlet("dos", "The Two", "US", "wire", False)
FEEDS = (
    Feed("uno", "https://uno.example/rss", "uno", "es"),
    Feed("dos", "https://dos.example/rss", "dos", "en"),
)


def _rows(db: Connection, query: str) -> list[dict[str, Any]]:
    found = db.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _pick(found: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in found]


def _plain(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


@pytest.fixture
def press(db: Connection) -> Connection:
    """One story told four times, one told once, and one that is not relevant."""
    store = Store(db)
    store.apply_catalogue(Catalogue(FEEDS, (UNO, DOS)), origin="catalogue")
    store.replace_reference({"core.actors": [{"actor_id": "pdvsa", "name_en": "PDVSA"}]})
    made.load(
        db,
        Report("early", "Tanker seen", outlet_id="dos", story_id="s", topic=None, at=after(seconds=-1)),
        Report(
            "lead",
            "PDVSA petroleo",
            language="es",
            story_id="s",
            actor="pdvsa",
            summary="Resumen.",
            at=after(minutes=90),
        ),
        Report(
            "copy",
            "PDVSA oil",
            outlet_id="dos",
            story_id="s",
            copy_of="lead",
            topic="energy",
            at=after(minutes=90, seconds=58),
        ),
        Report(
            "late",
            "Wire on oil",
            outlet_id="tres",
            story_id="s",
            topic="energy",
            level=1,
            at=after(days=1),
            seen_at=after(days=2),
        ),
        Report("alone", "Flights resume", at=after(days=1)),
        Report("weather", "Weather", topic=None),
    )
    return db


def test_a_relevant_story_is_one_row_with_all_that_a_reader_wants(press: Connection) -> None:
    (story,) = _rows(press, "FROM mart.stories WHERE story_id = 's'")
    assert story == {
        "story_id": "s",
        "headline": "Tanker seen",
        "summary": "Resumen.",
        "url": "https://uno.example/lead",
        "first_outlet": "El Uno",
        "first_reported_at": _plain(after(seconds=-1)),
        "last_reported_at": _plain(after(days=1)),
        "report_date": date(2026, 1, 3),
        "article_count": 4,
        "outlet_count": 3,
        "independent_count": 3,
        "languages": ["en", "es"],
        "relevance_level": 2,
        "relevance_score": 0.9,
        "topics": ["energy", "sanctions"],
        "actors": ["PDVSA"],
        "outlets": ["El Uno", "The Two", "tres"],
        "lead_article_id": "a-lead",
    }


def test_a_story_without_actors_lists_none(press: Connection) -> None:
    assert _rows(press, "SELECT actors FROM mart.stories WHERE story_id = 's-alone'") == [{"actors": []}]


def test_stories_that_are_not_relevant_or_merged_are_left_out(press: Connection) -> None:
    press.execute("UPDATE core.stories SET merged_into_story_id = 's' WHERE story_id = 's-alone'")
    assert _pick(_rows(press, "FROM mart.stories"), "story_id") == [("s",)]


def test_the_lead_is_the_first_relevant_article_that_is_no_copy(press: Connection) -> None:
    press.execute("UPDATE core.articles SET reported_at = '2026-01-01' WHERE article_id = 'a-copy'")
    assert _rows(press, "SELECT lead_article_id FROM mart.stories WHERE story_id = 's'") == [
        {"lead_article_id": "a-lead"}
    ]


def test_a_timeline_has_the_articles_of_a_story_in_the_order_of_reporting(press: Connection) -> None:
    found = _rows(press, "FROM mart.story_timeline WHERE story_id = 's' ORDER BY position")
    assert _pick(found, "position", "article_id", "outlet", "language", "is_copy") == [
        (1, "a-early", "The Two", "en", False),
        (2, "a-lead", "El Uno", "es", False),
        (3, "a-copy", "The Two", "en", True),
        (4, "a-late", "tres", "en", False),
    ]


def test_timelines_are_told_of_relevant_stories_alone(press: Connection) -> None:
    assert press.execute("SELECT DISTINCT story_id FROM mart.story_timeline ORDER BY 1").fetchall() == [
        ("s",),
        ("s-alone",),
    ]


def test_corroboration_says_who_followed_after_how_many_whole_minutes_and_on_their_own(press: Connection) -> None:
    found = _rows(press, "FROM mart.corroboration WHERE story_id = 's' ORDER BY report_position")
    assert _pick(found, "report_position", "outlet", "first_outlet", "minutes_after_first", "is_independent") == [
        (1, "The Two", "The Two", 0, True),
        (2, "El Uno", "The Two", 90, True),
        (3, "The Two", "The Two", 90, False),
        (4, "tres", "The Two", 1440, True),
    ]


def test_daily_topics_count_stories_articles_and_publishers(press: Connection) -> None:
    found = _rows(press, "FROM mart.daily_topics ORDER BY ALL")
    assert _pick(found, "report_date", "topic", "story_count", "article_count", "outlet_count") == [
        (date(2026, 1, 3), "energy", 1, 1, 1),
        (date(2026, 1, 3), "sanctions", 1, 1, 1),
        (date(2026, 1, 4), "energy", 1, 1, 1),
        (date(2026, 1, 4), "sanctions", 1, 1, 1),
    ]


def test_daily_outlets_count_all_articles_and_the_relevant_ones(press: Connection) -> None:
    found = _rows(press, "FROM mart.daily_outlets ORDER BY report_date, outlet_id")
    assert _pick(found, "report_date", "outlet", "country", "state_affiliated", "article_count", "relevant_count") == [
        (date(2026, 1, 3), "The Two", "US", False, 2, 1),
        (date(2026, 1, 3), "El Uno", "VE", True, 2, 1),
        (date(2026, 1, 4), "tres", None, None, 1, 1),
        (date(2026, 1, 4), "El Uno", "VE", True, 1, 1),
    ]


def test_a_changed_headline_stands_beside_the_one_before(press: Connection) -> None:
    revision = Report("lead", "PDVSA petroleo").revision
    later = [
        replace(revision, revision_number=2, title="PDVSA petróleo", seen_at=after(hours=2)),
        replace(revision, revision_number=3, title="PDVSA petróleo", summary_text="Más.", seen_at=after(hours=3)),
        replace(revision, revision_number=4, title="PDVSA petroleo", seen_at=after(hours=4)),
    ]
    Store(press).load(made.batch(batch_id="b2", revisions=tuple(later)))
    found = _rows(press, "FROM mart.headline_changes ORDER BY revision_number")
    assert _pick(
        found, "changed_at", "outlet", "old_title", "new_title", "revision_number", "article_id", "feed_id"
    ) == [
        (_plain(after(hours=2)), "El Uno", "PDVSA petroleo", "PDVSA petróleo", 2, "a-lead", "uno"),
        (_plain(after(hours=4)), "El Uno", "PDVSA petróleo", "PDVSA petroleo", 4, "a-lead", "uno"),
    ]


# --- what was known at a time ------------------------------------------------------------------


def test_a_story_as_of_a_time_has_only_what_had_been_seen(press: Connection) -> None:
    columns = "story_id, headline, article_count, outlet_count, independent_count"
    then = _plain(after(hours=12))
    known = press.execute(f"SELECT {columns} FROM mart.stories_as_of(TIMESTAMP '{then}')").fetchall()
    assert known == [("s", "Tanker seen", 3, 2, 2)]


def test_a_story_is_not_known_before_an_article_made_it_relevant(press: Connection) -> None:
    assert press.execute(f"FROM mart.stories_as_of(TIMESTAMP '{_plain(after(minutes=30))}')").fetchall() == []


def test_as_of_the_end_all_relevant_stories_are_known_as_they_are(press: Connection) -> None:
    columns = "story_id, headline, first_reported_at, last_reported_at, article_count, outlet_count, independent_count"
    then = press.execute(f"SELECT {columns} FROM mart.stories_as_of(TIMESTAMP '2027-01-01') ORDER BY ALL").fetchall()
    assert then == press.execute(f"SELECT {columns} FROM mart.stories ORDER BY ALL").fetchall()


# --- the health of the collection --------------------------------------------------------------


def _poll(hours: float, outcome: str = "fetched", feed_id: str = "uno", **values: Any) -> rows.Fetch:
    return rows.Fetch("r", feed_id, after(hours=hours), 1.0, outcome, **values)


def _health(db: Connection, feed_id: str = "uno") -> dict[str, Any]:
    (row,) = _rows(db, f"FROM mart.feed_health WHERE feed_id = '{feed_id}'")
    return row


def test_the_health_of_a_feed_sums_up_its_last_seven_days(press: Connection) -> None:
    fetches = (
        _poll(-24 * 8, "failed", bytes_received=999),
        _poll(-3, new_entry_count=5, bytes_received=100),
        _poll(-2, "not_modified"),
        _poll(-1, "failed", error_message="HTTP 503", bytes_received=7),
    )
    Store(press).load(
        made.batch(batch_id="b2", fetches=fetches, states=(FeedState("uno", status="failing", status_reason="503"),))
    )
    row = _health(press)
    assert (row["outlet"], row["status"], row["status_reason"]) == ("El Uno", "failing", "503")
    assert (row["fetch_count"], row["failed_count"], row["not_modified_count"]) == (3, 1, 1)
    assert (row["new_entry_count"], row["bytes_received"], row["median_seconds"]) == (5, 107, 1.0)
    assert (row["last_fetch_at"], row["last_outcome"], row["last_error"]) == (
        _plain(after(hours=-1)),
        "failed",
        "HTTP 503",
    )


def test_a_feed_that_works_again_shows_no_error(press: Connection) -> None:
    fetches = (_poll(1, "failed", error_message="HTTP 503"), _poll(2))
    Store(press).load(made.batch(batch_id="b2", fetches=fetches))
    assert (_health(press)["last_outcome"], _health(press)["last_error"]) == ("fetched", None)


def test_a_feed_that_was_never_asked_has_counts_of_nothing(press: Connection) -> None:
    row = _health(press, "dos")
    assert (row["fetch_count"], row["last_fetch_at"], row["median_seconds"]) == (0, None, None)


@pytest.mark.parametrize("origin", ["import", "removed"])
def test_files_and_feeds_that_left_the_catalogue_have_no_health(press: Connection, origin: str) -> None:
    press.execute("UPDATE raw.feeds SET origin = ? WHERE feed_id = 'uno'", [origin])
    assert _pick(_rows(press, "FROM mart.feed_health"), "feed_id") == [("dos",)]


def _coverage(db: Connection, *fetches: rows.Fetch, entries: tuple[rows.Entry, ...] = ()) -> list[dict[str, Any]]:
    store = Store(db)
    store.apply_catalogue(Catalogue(FEEDS, (UNO, DOS)), origin="catalogue")
    store.load(made.batch(fetches=fetches, entries=entries))
    return _rows(db, "FROM mart.coverage ORDER BY outlet_id, hour")


def _seen(name: str, hours: float) -> rows.Entry:
    return replace(Report(name).entry, first_seen_at=after(hours=hours))


def test_an_hour_without_a_successful_poll_is_a_gap(db: Connection) -> None:
    polls = (_poll(0), _poll(1, "failed"), _poll(1.5, "failed"), _poll(3, "failed"), _poll(3.5, "not_modified"))
    found = _coverage(db, *polls)
    assert _pick(found, "poll_count", "failed_poll_count", "is_gap") == [
        (1, 0, False),
        (2, 2, True),
        (0, 0, True),
        (2, 1, False),
    ]


def test_what_was_received_is_counted_by_the_hour(db: Connection) -> None:
    found = _coverage(db, _poll(0), _poll(1), entries=(_seen("a", 0.1), _seen("b", 0.9), _seen("c", 1)))
    assert _pick(found, "outlet", "hour", "received_count") == [
        ("El Uno", _plain(T0), 2),
        ("El Uno", _plain(after(hours=1)), 1),
    ]


def test_a_publisher_that_is_asked_no_longer_has_gaps_up_to_the_last_poll_of_any(db: Connection) -> None:
    found = _coverage(db, _poll(0), _poll(0, feed_id="dos"), _poll(2, feed_id="dos"))
    assert _pick(found, "outlet_id", "is_gap") == [
        ("dos", False),
        ("dos", True),
        ("dos", False),
        ("uno", False),
        ("uno", True),
        ("uno", True),
    ]


def test_what_is_expected_is_the_mean_of_the_same_hour_on_the_days_before(db: Connection) -> None:
    entries = (_seen("a", 0), _seen("b", 0), _seen("c", 24), _seen("d", 24), _seen("e", 24), _seen("f", 24))
    found = _coverage(db, _poll(0), _poll(24), _poll(48), entries=entries)
    same_hour = [row for row in found if row["hour"].hour == T0.hour]
    assert _pick(same_hour, "received_count", "expected_count") == [(2, None), (4, 2.0), (0, 3.0)]


def test_a_gap_does_not_lower_what_is_expected(db: Connection) -> None:
    found = _coverage(db, _poll(0), _poll(24, "failed"), _poll(48), entries=(_seen("a", 0), _seen("b", 0)))
    same_hour = [row for row in found if row["hour"].hour == T0.hour]
    assert _pick(same_hour, "expected_count", "is_gap") == [(None, False), (2.0, True), (2.0, False)]


def test_imported_files_say_nothing_of_coverage(db: Connection) -> None:
    store = Store(db)
    store.apply_catalogue(Catalogue((FEEDS[0],), (UNO,)), origin="import")
    store.load(made.batch(fetches=(_poll(0),), entries=(_seen("a", 0),)))
    assert _rows(db, "FROM mart.coverage") == []
