"""What flows ask of the open warehouse, and what each write leaves there."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse import made
from tests.warehouse.made import T0, Report, after
from warehouse import laws, reference, rows
from warehouse.catalogue import Catalogue
from warehouse.database import Connection
from warehouse.model import Feed, FeedState, KnownArticle, KnownEntry, Outlet
from warehouse.store import Store

UNO = Feed("uno", "https://uno.example/rss", "uno", "es")
OUTLET = Outlet("uno", "El Uno", "VE", "newspaper", True, "https://uno.example/", ("uno.example",))
FULL_STATE = FeedState(
    feed_id="uno",
    etag='W/"ñ"',
    last_modified="Sat, 03 Jan 2026 06:00:00 GMT",
    last_body_sha256="ab" * 32,
    next_poll_at=after(minutes=10),
    poll_interval_seconds=600.5,
    consecutive_failures=2,
    last_success_at=after(minutes=1),
    last_full_fetch_at=after(minutes=2),
    last_new_entry_at=after(minutes=3),
    news_gap_seconds=77.5,
    redirect_url="https://uno.example/new",
    redirect_count=3,
    status="quiet",
    status_reason="nothing new for 30 days",
)


def _apply(store: Store, *feeds: Feed, origin: str = "catalogue", outlets: tuple[Outlet, ...] = ()) -> None:
    store.apply_catalogue(Catalogue(feeds, outlets), origin=origin)


def _load(store: Store, *reports: Report, **values: Any) -> None:
    store.load(made.batch(*reports, **values))


def _only(store: Store) -> tuple[Feed, FeedState]:
    (poll,) = store.polls()
    return poll.feed, poll.state


# --- the catalogue -----------------------------------------------------------------------------


def test_feeds_of_the_catalogue_come_back_as_they_were_given(store: Store) -> None:
    dos = Feed("dos", "https://dos.example/rss", "dos", None, is_enabled=False, status_reason="bot wall")
    _apply(store, UNO, dos)
    assert store.feeds() == (dos, UNO)


def test_outlets_come_back_as_they_were_given(store: Store) -> None:
    others = (
        Outlet("dos", "Dos", None, "wire", False, aliases=("Agencia Dos", "D2")),
        Outlet("tres", "Tres", None, "trade", exile_url="https://watch.example/tres"),
    )
    _apply(store, UNO, outlets=(OUTLET, *others))
    assert set(store.outlets()) == {OUTLET, *others}


def test_a_feed_of_an_unknown_outlet_gets_one_named_after_its_host(store: Store) -> None:
    _apply(store, UNO)
    assert store.outlets() == (
        Outlet("uno", "uno.example", None, "unknown", None, "https://uno.example/", ("uno.example",)),
    )


def test_an_outlet_that_is_described_later_takes_the_description(store: Store) -> None:
    _apply(store, UNO)
    _apply(store, UNO, outlets=(OUTLET,))
    assert store.outlets() == (OUTLET,)


def test_a_description_is_kept_when_its_outlet_is_named_without_one(store: Store) -> None:
    _apply(store, UNO, outlets=(OUTLET,))
    _apply(store, replace(UNO, feed_id="uno-2", url="https://uno.example/2"))
    assert store.outlets() == (OUTLET,)


def test_a_new_feed_is_due_at_once(store: Store) -> None:
    _apply(store, UNO)
    assert _only(store)[1] == FeedState("uno")


def test_what_polls_have_learnt_stays_when_the_catalogue_is_applied_again(store: Store) -> None:
    _apply(store, UNO)
    _load(store, states=(FULL_STATE,))
    _apply(store, UNO)
    assert _only(store)[1] == FULL_STATE


def test_an_edited_row_is_applied_anew_and_due_at_once(store: Store) -> None:
    _apply(store, UNO)
    _load(store, states=(FULL_STATE,))
    _apply(store, replace(UNO, language="en"))
    feed, state = _only(store)
    assert (feed.language, state.status, state.next_poll_at, state.consecutive_failures) == ("en", "ok", None, 0)
    assert (state.etag, state.last_success_at) == (FULL_STATE.etag, FULL_STATE.last_success_at)


def test_a_row_with_another_address_forgets_what_the_old_one_said_of_its_body(store: Store) -> None:
    _apply(store, UNO)
    _load(store, states=(FULL_STATE,))
    _apply(store, replace(UNO, url="https://uno.example/atom"))
    state = _only(store)[1]
    assert (state.etag, state.last_modified, state.redirect_url, state.redirect_count) == (None, None, None, 0)


def test_a_feed_that_a_user_switched_off_stays_off_until_its_row_is_edited(store: Store) -> None:
    _apply(store, UNO)
    store.switch_feed("uno", is_enabled=False, reason="too loud")
    _apply(store, UNO)
    assert _only(store)[0] == replace(UNO, is_enabled=False, status_reason="too loud")
    _apply(store, replace(UNO, language="en"))
    assert _only(store)[0] == replace(UNO, language="en")


def test_a_feed_that_is_switched_on_is_due_at_once_with_a_clean_slate(store: Store) -> None:
    _apply(store, UNO)
    _load(store, states=(replace(FULL_STATE, status="gone"),))
    store.switch_feed("uno", is_enabled=True, reason="")
    feed, state = _only(store)
    assert feed.is_enabled
    assert (state.status, state.status_reason, state.next_poll_at, state.consecutive_failures) == ("ok", "", None, 0)


def test_a_feed_that_is_switched_off_is_disabled_for_the_reason_given(store: Store) -> None:
    _apply(store, UNO)
    store.switch_feed("uno", is_enabled=False, reason="too loud")
    feed, state = _only(store)
    assert (feed.is_enabled, state.status, state.status_reason) == (False, "disabled", "too loud")


def test_a_removed_feed_is_no_longer_in_the_catalogue_and_its_row_stays(store: Store, db: Connection) -> None:
    _apply(store, UNO)
    store.remove_feed("uno")
    assert store.polls() == ()
    assert db.execute("SELECT feed_id FROM raw.feeds").fetchall() == [("uno",)]


def test_a_removed_feed_does_not_come_back_with_its_unchanged_row(store: Store) -> None:
    _apply(store, UNO)
    store.remove_feed("uno")
    _apply(store, UNO)
    assert store.polls() == ()


def test_a_removed_feed_comes_back_when_its_row_is_edited(store: Store) -> None:
    _apply(store, UNO)
    store.remove_feed("uno")
    _apply(store, replace(UNO, language="en"))
    assert store.feeds() == (replace(UNO, language="en"),)


# --- feeds of a file ---------------------------------------------------------------------------


def test_a_feed_that_is_run_from_a_file_is_not_in_the_catalogue(store: Store) -> None:
    _apply(store, UNO, origin="file")
    assert store.polls() == ()
    assert [poll.feed for poll in store.polls([UNO.url])] == [UNO]


def test_a_feed_of_a_file_whose_address_the_catalogue_has_stays_the_catalogues(store: Store) -> None:
    _apply(store, UNO)
    _apply(store, replace(UNO, feed_id="mine", language=None), origin="file")
    assert store.feeds() == (UNO,)
    assert [poll.feed for poll in store.polls([UNO.url])] == [UNO]


@pytest.mark.parametrize("feed_id", ["uno", "uno-of-the-catalogue"])
def test_a_feed_that_was_run_from_a_file_and_is_imported_is_the_catalogues(store: Store, feed_id: str) -> None:
    imported = replace(UNO, feed_id=feed_id)
    _apply(store, UNO, origin="file")
    _apply(store, imported)
    assert store.feeds() == (imported,)
    assert [poll.feed for poll in store.polls([UNO.url])] == [imported]


def test_a_feed_of_a_file_that_has_moved_is_still_found_by_the_address_in_the_file(store: Store) -> None:
    _apply(store, UNO, origin="file")
    _load(store, moves=(rows.FeedMove("uno", T0, UNO.url, "https://uno.example/new", "moved"),))
    _apply(store, UNO, origin="file")
    assert [poll.feed.url for poll in store.polls([UNO.url])] == ["https://uno.example/new"]


def test_a_file_with_an_address_that_a_feed_of_the_catalogue_has_moved_from_means_that_feed(store: Store) -> None:
    _apply(store, UNO)
    _load(store, moves=(rows.FeedMove("uno", T0, UNO.url, "https://uno.example/new", "moved"),))
    _apply(store, replace(UNO, feed_id="mine"), origin="file")
    assert [poll.feed.feed_id for poll in store.polls([UNO.url])] == ["uno"]


# --- poll state --------------------------------------------------------------------------------


def test_every_field_of_a_feeds_state_comes_back(store: Store) -> None:
    assert all(getattr(FULL_STATE, f.name) != f.default for f in fields(FeedState))
    _apply(store, UNO)
    _load(store, states=(FULL_STATE,))
    assert _only(store)[1] == FULL_STATE


def test_a_state_is_replaced_whole(store: Store) -> None:
    _apply(store, UNO)
    _load(store, states=(FULL_STATE,))
    _load(store, states=(FeedState("uno"),), batch_id="20260103T070000-ab-0001")
    assert _only(store)[1] == FeedState("uno")


def test_a_time_in_another_zone_is_kept_as_the_same_moment(store: Store) -> None:
    caracas = datetime(2026, 1, 3, 2, tzinfo=timezone(timedelta(hours=-4)))
    _apply(store, UNO)
    _load(store, states=(FeedState("uno", next_poll_at=caracas),))
    assert _only(store)[1].next_poll_at == caracas


def test_a_moved_feed_is_polled_at_its_new_address_and_the_move_is_kept(store: Store, db: Connection) -> None:
    _apply(store, UNO)
    _load(store, moves=(rows.FeedMove("uno", T0, UNO.url, "https://uno.example/new", "moved"),))
    assert _only(store)[0].url == "https://uno.example/new"
    assert db.execute("SELECT from_url, reason FROM raw.feed_moves").fetchall() == [(UNO.url, "moved")]


def test_a_moved_feed_stays_where_it_is_when_the_catalogue_is_applied_again(store: Store) -> None:
    _apply(store, UNO)
    _load(store, moves=(rows.FeedMove("uno", T0, UNO.url, "https://uno.example/new", "moved"),))
    _apply(store, UNO)
    assert _only(store)[0].url == "https://uno.example/new"


def test_the_last_start_of_each_feed_is_told_by_address(store: Store) -> None:
    dos = replace(UNO, feed_id="dos", url="https://dos.example/rss")
    _apply(store, UNO, dos)
    fetches = [rows.Fetch("r", f, after(minutes=m), 0.1, "fetched") for f, m in (("uno", 1), ("uno", 5), ("dos", 2))]
    _load(store, fetches=tuple(fetches))
    assert store.last_starts(T0) == {UNO.url: after(minutes=5), dos.url: after(minutes=2)}
    assert store.last_starts(after(minutes=3)) == {UNO.url: after(minutes=5)}


def test_every_field_of_a_fetch_is_kept(store: Store, db: Connection) -> None:
    fetch = rows.Fetch(
        "r", "uno", T0, 1.5, "failed", 503, 77, "ab", 9, 8, "http", "HTTP 503", "https://uno.example/x", 60.0, ("cut",)
    )
    _load(store, fetches=(fetch,))
    (found,) = db.execute(f"SELECT {', '.join(f.name for f in fields(rows.Fetch))} FROM raw.fetches").fetchall()
    expected = [getattr(fetch, f.name) for f in fields(rows.Fetch)]
    assert list(found) == [*expected[:2], T0.replace(tzinfo=None), *expected[3:-1], ["cut"]]


# --- runs --------------------------------------------------------------------------------------


def _run(name: str, **values: Any) -> rows.Run:
    return replace(rows.Run(run_id=name, flow="monitor", started_at=T0, rules_version="1"), **values)


def _statuses(db: Connection) -> dict[str, str]:
    return dict(db.execute("SELECT run_id, status FROM raw.runs").fetchall())


def test_a_run_is_recorded_when_it_begins_and_replaced_when_it_ends(store: Store, db: Connection) -> None:
    store.begin_run(_run("r1"))
    assert _statuses(db) == {"r1": "running"}
    store.finish_run(_run("r1", status="completed", finished_at=after(minutes=1), message="done", due_count=7))
    assert db.execute("SELECT status, message, due_count FROM raw.runs").fetchall() == [("completed", "done", 7)]


def test_a_run_that_was_killed_is_marked_by_the_next_one(store: Store, db: Connection) -> None:
    store.begin_run(_run("r1"))
    assert store.unfinished_runs() == {"r1"}
    store.begin_run(_run("r2", started_at=after(minutes=10)), crashed={"r1"})
    assert _statuses(db) == {"r1": "crashed", "r2": "running"}


def test_runs_that_ended_are_left_as_they_are(store: Store, db: Connection) -> None:
    store.finish_run(_run("r1", status="failed", finished_at=T0))
    store.begin_run(_run("r2"))
    assert _statuses(db) == {"r1": "failed", "r2": "running"}


def test_the_rules_of_the_newest_finished_run_are_the_last_ones(store: Store) -> None:
    assert store.last_rules_version() is None
    store.finish_run(_run("r2", status="completed", finished_at=T0, rules_version="2"))
    store.finish_run(_run("r1", status="completed", finished_at=T0, rules_version="1"))
    store.begin_run(_run("r3", rules_version="3"))
    assert store.last_rules_version() == "2"


def test_loaded_batches_are_told_from_a_name_on(store: Store) -> None:
    assert store.last_batch() is None
    for name in ("20260103T07-b", "20260103T06-a", "20260104T06-c"):
        _load(store, batch_id=name)
    assert store.last_batch() == "20260104T06-c"
    assert store.loaded_batches("20260103T06-a") == {"20260103T07-b", "20260104T06-c"}


# --- what is known -----------------------------------------------------------------------------

ONE = Report("one", title="Sanctions eased")
TWO = Report("two", title="Oil flows")


def test_a_stored_entry_is_known_by_its_id_and_by_its_article(store: Store) -> None:
    _load(store, ONE, TWO)
    expected = KnownEntry(
        "e-one", "uno", "a-one", "https://uno.example/one", "Sanctions eased", T0, 1, "w-Sanctions eased", 1
    )
    assert store.known_entries(["e-one", "e-none"], []) == (expected,)
    assert store.known_entries([], ["a-one", "a-none"]) == (expected,)
    assert store.known_entries(["e-one"], ["a-one"]) == (expected,)


def test_a_stored_article_is_known_by_its_id(store: Store) -> None:
    _load(store, ONE, TWO)
    assert store.known_articles(["a-one", "a-none"]) == {"a-one": KnownArticle("a-one", "uno", "e-one", 1, T0, "s-one")}


def test_an_empty_warehouse_knows_nothing(store: Store) -> None:
    assert store.known_entries(["e"], ["a"]) == ()
    assert store.known_articles(["a"]) == {}
    assert store.known_entries([], []) == ()


def test_an_entry_seen_again_is_known_with_the_title_it_was_first_seen_with(store: Store) -> None:
    _load(store, ONE)
    again = rows.SeenAgain("e-one", after(hours=1), 2, "w2")
    _load(store, batch_id="20260103T070000-ab-0001", seen_again=(again,))
    (entry,) = store.known_entries(["e-one"], [])
    assert (entry.title, entry.last_seen_at, entry.revision_count, entry.wording_sha256) == (
        "Sanctions eased",
        after(hours=1),
        2,
        "w2",
    )


def test_the_time_an_entry_was_last_seen_never_goes_back(store: Store) -> None:
    _load(store, ONE)
    _load(store, batch_id="b2", seen_again=(rows.SeenAgain("e-one", after(hours=-1), 1, "w"),))
    assert store.known_entries(["e-one"], [])[0].last_seen_at == T0


# --- load --------------------------------------------------------------------------------------


def test_a_loaded_batch_breaks_no_law(store: Store, db: Connection) -> None:
    _load(store, ONE, TWO, replace(TWO, name="three", story_id="s-two", at=after(hours=1)))
    assert [finding for finding in laws.check(db) if not finding.holds] == []


def test_a_batch_of_nothing_is_recorded(store: Store) -> None:
    _load(store)
    assert store.last_batch() == "20260103T060000-ab-0001"


_reports = st.lists(
    st.builds(
        Report,
        name=st.sampled_from("abcdef"),
        title=st.sampled_from(["Sanctions eased", "Oil flows", "Flights resume"]),
        feed_id=st.sampled_from(["uno", "dos"]),
        story_id=st.sampled_from([None, "s-1"]),
        topic=st.sampled_from([None, "sanctions"]),
        summary=st.sampled_from(["", "More."]),
    ),
    max_size=5,
    unique_by=lambda report: report.name,
)


@settings(max_examples=6, deadline=None)
@given(first=_reports, second=_reports)
def test_a_batch_that_was_loaded_before_changes_nothing(
    memory: Connection, first: list[Report], second: list[Report]
) -> None:
    made.empty(memory)
    store = Store(memory)
    _load(store, *first)
    later = made.batch(*second, batch_id="20260103T070000-ab-0001")
    store.load(later)
    before = made.content(memory)
    _load(store, *first)
    store.load(later)
    assert made.content(memory) == before


def test_an_old_batch_that_comes_again_takes_no_newer_words_away(store: Store, db: Connection) -> None:
    _load(store, ONE)
    newer = replace(ONE, title="Sanctions lifted")
    values = {"entries": (), "revisions": (replace(newer.revision, revision_number=2),)}
    again = (rows.SeenAgain("e-one", after(hours=1), 2, "w2"),)
    _load(store, newer, batch_id="20260103T070000-ab-0001", seen_again=again, **values)
    _load(store, ONE)
    assert db.execute("SELECT title FROM core.articles").fetchall() == [("Sanctions lifted",)]
    assert [finding for finding in laws.check(db) if not finding.holds] == []


def test_a_load_that_fails_leaves_nothing_behind(store: Store, db: Connection) -> None:
    before = made.content(db)
    broken = made.batch(ONE, states=(replace(FULL_STATE, poll_interval_seconds="soon"),))  # type: ignore[arg-type]
    with pytest.raises(Exception, match="soon"):
        store.load(broken)
    assert made.content(db) == before


def test_a_publisher_met_on_the_way_is_added(store: Store) -> None:
    _load(store, ONE, outlets=(OUTLET,))
    assert store.outlets() == (OUTLET,)


def test_an_article_labelled_anew_has_its_new_labels_alone(store: Store, db: Connection) -> None:
    _load(store, replace(ONE, actor="us"))
    _load(store, replace(ONE, topic="energy", actor="ve"), batch_id="b2", entries=(), revisions=())
    assert db.execute("SELECT topic FROM core.article_topics").fetchall() == [("energy",)]
    assert db.execute("SELECT actor_id FROM core.article_actors").fetchall() == [("ve",)]


def test_an_article_that_lost_its_labels_has_none(store: Store, db: Connection) -> None:
    _load(store, replace(ONE, actor="us"))
    _load(store, replace(ONE, topic=None), batch_id="b2", entries=(), revisions=())
    assert db.execute("SELECT * FROM core.article_topics").fetchall() == []
    assert db.execute("SELECT * FROM core.article_actors").fetchall() == []
    assert db.execute("SELECT is_relevant FROM core.stories").fetchall() == [(False,)]


def test_an_address_of_an_article_is_kept_as_it_was_first_seen(store: Store, db: Connection) -> None:
    _load(store, ONE)
    _load(
        store,
        batch_id="b2",
        addresses=(ONE.address, rows.ArticleAddress("a-one", "https://m.uno.example/one", "mobile")),
    )
    assert db.execute("SELECT kind FROM core.article_urls ORDER BY kind").fetchall() == [("canonical",), ("mobile",)]


# --- duplicates --------------------------------------------------------------------------------

SAME = replace(ONE.entry, entry_id="e-same", feed_id="dos", article_reason="same page after utm_source")


def _links(db: Connection) -> set[tuple[Any, ...]]:
    return set(db.execute("SELECT left_id, right_id, level, reason FROM core.duplicate_links").fetchall())


BOTH = {
    ("e-one", "a-one", "url", "same page by its link"),
    ("e-same", "a-one", "url", "same page after utm_source"),
}


def test_an_entry_alone_on_its_page_is_no_duplicate(store: Store, db: Connection) -> None:
    _load(store, ONE, TWO)
    assert _links(db) == set()


@pytest.mark.parametrize("order", [(ONE.entry, SAME), (SAME, ONE.entry)])
def test_entries_of_one_page_are_linked_to_it_whichever_came_first(
    store: Store, db: Connection, order: tuple[rows.Entry, ...]
) -> None:
    for number, entry in enumerate(order):
        _load(store, ONE, batch_id=f"b{number}", entries=(entry,))
    assert _links(db) == BOTH


def test_entries_of_one_page_in_one_batch_are_linked_to_it(store: Store, db: Connection) -> None:
    _load(store, ONE, entries=(SAME, ONE.entry))
    assert _links(db) == BOTH


def test_a_third_entry_adds_one_link_and_leaves_the_others(store: Store, db: Connection) -> None:
    _load(store, ONE, entries=(SAME, ONE.entry))
    third = replace(SAME, entry_id="e-third", article_reason="same page by its link")
    _load(store, batch_id="b2", entries=(third,))
    assert _links(db) == BOTH | {("e-third", "a-one", "url", "same page by its link")}


# --- stories -----------------------------------------------------------------------------------


def _stories(db: Connection) -> dict[str, tuple[Any, ...]]:
    found = db.execute(
        "SELECT story_id, headline, first_reported_at, last_reported_at, article_count, outlet_count, "
        "independent_count, languages, is_relevant FROM core.stories"
    ).fetchall()
    return {row[0]: row[1:] for row in found}


def _plain(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def test_a_story_counts_its_articles_publishers_and_copies(store: Store, db: Connection) -> None:
    _load(
        store,
        Report("b", "Sanctions eased", at=after(hours=1), story_id="s", topic=None),
        Report("a", "Alivio de sanciones", at=T0, story_id="s", language="es", outlet_id="dos"),
        Report("c", "Alivio de sanciones", at=after(hours=2), story_id="s", language="es", copy_of="a"),
    )
    expected = ("Alivio de sanciones", _plain(T0), _plain(after(hours=2)), 3, 2, 2, ["en", "es"], True)
    assert _stories(db) == {"s": expected}


def test_a_story_is_counted_anew_when_an_article_joins_it(store: Store, db: Connection) -> None:
    _load(store, Report("a", story_id="s"), Report("x"))
    _load(store, Report("b", story_id="s", at=after(hours=-1), title="First of all"), batch_id="b2")
    assert _stories(db)["s"][0] == "First of all"
    assert _stories(db)["s"][3] == 2
    assert _stories(db)["s-x"][3] == 1


def test_a_story_in_no_known_language_lists_none(store: Store, db: Connection) -> None:
    _load(store, Report("a", language=None))
    assert _stories(db)["s-a"][6] == []


def test_the_headline_of_articles_reported_at_once_does_not_hang_on_their_order(store: Store, db: Connection) -> None:
    _load(store, Report("b", "Second", story_id="s"), Report("a", "First", story_id="s"))
    assert _stories(db)["s"][0] == "First"


# --- reference data ----------------------------------------------------------------------------


def test_reference_data_is_replaced_whole(store: Store, db: Connection) -> None:
    store.replace_reference({"core.topics": [{"topic": "old"}, {"topic": "older"}]})
    store.replace_reference({"core.topics": [{"topic": "new", "name_en": "New"}]})
    assert db.execute("SELECT topic, name_en FROM core.topics").fetchall() == [("new", "New")]


def test_reference_data_can_be_emptied(store: Store, db: Connection) -> None:
    store.replace_reference({"core.topics": [{"topic": "old"}]})
    store.replace_reference({"core.topics": []})
    assert db.execute("SELECT * FROM core.topics").fetchall() == []


def test_the_bundled_reference_data_fits_its_tables(store: Store, db: Connection) -> None:
    tables = reference.tables()
    store.replace_reference(tables)
    for table, values in tables.items():
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (len(values),)


def test_the_bundled_reference_data_names_and_dates_what_it_should(store: Store, db: Connection) -> None:
    store.replace_reference(reference.tables())
    assert db.execute("SELECT * FROM core.topics WHERE topic IS NULL OR name_en IS NULL").fetchall() == []
    assert db.execute("SELECT * FROM core.actors WHERE actor_id IS NULL OR name_en IS NULL").fetchall() == []
    assert db.execute("SELECT actor_id FROM core.actors GROUP BY ALL HAVING count(*) > 1").fetchall() == []
    assert db.execute("SELECT actor_id FROM core.actor_tenures ANTI JOIN core.actors USING (actor_id)").fetchall() == []
    backwards = "SELECT actor_id FROM core.actor_tenures WHERE valid_to <= valid_from"
    assert db.execute(backwards).fetchall() == []
    first = db.execute("SELECT min(valid_from) FROM core.actor_tenures").fetchone()
    assert first
    assert isinstance(first[0], date)


def test_times_are_stored_in_utc_without_a_zone(store: Store, db: Connection) -> None:
    caracas = replace(ONE, at=datetime(2026, 1, 3, 2, tzinfo=timezone(timedelta(hours=-4))))
    _load(store, caracas)
    assert db.execute("SELECT reported_at FROM core.articles").fetchall() == [(datetime(2026, 1, 3, 6),)]
    assert store.known_articles(["a-one"])["a-one"].first_seen_at == datetime(2026, 1, 3, 6, tzinfo=UTC)
