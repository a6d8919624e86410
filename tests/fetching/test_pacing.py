"""When a feed is asked again, and what a poll leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fetching import pacing
from tasks.fetching.pacing import DAY, HOUR, MINUTE
from warehouse.model import (
    Answer,
    Failed,
    Feed,
    FeedState,
    Fetched,
    Grade,
    Harvest,
    NotModified,
    Outcome,
    Pace,
    Poll,
    Redirect,
)

NOW = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)
NEWS, NONE = Harvest(entry_count=30, known_count=29, new_count=1), Harvest(entry_count=30, known_count=30)
GRADE = st.sampled_from(get_args(Grade))


def poll(url: str = "https://a.test/feed", **state: object) -> Poll:
    return Poll(Feed("f", url, "o", "en"), FeedState("f", **state))  # type: ignore[arg-type]


def answer(*redirects: Redirect, **headers: str) -> Answer:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer("f", NOW, 0.1, "https://a.test/feed", 200, headers=pairs, redirects=redirects)


def fetched(*redirects: Redirect, sha256: str = "new", **headers: str) -> Fetched:
    return Fetched(answer(*redirects, **headers), sha256, 100)


def failed(grade: Grade = "temporary", kind: str = "dns", retry_after: float | None = None) -> Failed:
    return Failed(answer(), kind, grade, "It is broken.", retry_after)


def after(given_poll: Poll, outcome: Outcome, harvest: Harvest | None = None, *, seed: int = 0) -> FeedState:
    return pacing.next_state(given_poll, outcome, harvest, now=NOW, random=Random(seed))


def wait(state: FeedState) -> float:
    assert state.next_poll_at is not None
    return (state.next_poll_at - NOW).total_seconds()


# --- success -----------------------------------------------------------------------------------


def test_a_new_feed_starts_at_the_first_interval() -> None:
    assert after(poll(), fetched(), NEWS).poll_interval_seconds == pacing.FIRST_INTERVAL


def test_news_shorten_the_interval_and_none_stretch_it() -> None:
    known = poll(poll_interval_seconds=HOUR)
    shorter, longer = after(known, fetched(), NEWS), after(known, NotModified(answer()))
    assert (shorter.poll_interval_seconds, longer.poll_interval_seconds) == (HOUR / 2, HOUR * 1.25)


@given(
    st.none() | st.floats(0, 1e9),
    st.booleans(),
    st.floats(0, 1e12),
    st.integers(0, 10**12),
    st.integers(0, 400 * 86_400),
    st.integers(),
)
def test_a_success_is_followed_by_a_poll_within_bounds(
    interval: float | None, is_news: bool, minimum: float, max_age: int, silence: int, seed: int
) -> None:
    known = poll(poll_interval_seconds=interval, last_new_entry_at=NOW - timedelta(seconds=silence))
    harvest = replace(NEWS if is_news else NONE, pace=Pace(minimum))
    state = after(known, fetched(cache_control=f"max-age={max_age}"), harvest, seed=seed)
    longest = pacing.LONGEST_QUIET_INTERVAL if state.status == "quiet" else pacing.LONGEST_INTERVAL
    assert state.poll_interval_seconds is not None
    assert pacing.SHORTEST_INTERVAL <= state.poll_interval_seconds <= longest
    assert pacing.SHORTEST_INTERVAL * (1 - pacing.EARLINESS) <= wait(state) <= longest


@given(st.floats(0, pacing.LONGEST_HINT), st.integers(0, int(pacing.LONGEST_HINT)), st.integers())
def test_no_feed_is_asked_before_it_wants_to_be(minimum: float, max_age: int, seed: int) -> None:
    harvest = replace(NEWS, pace=Pace(minimum))
    state = after(poll(), fetched(cache_control=f"max-age={max_age}"), harvest, seed=seed)
    assert wait(state) >= max(minimum, max_age) - 1e-6


def test_a_document_wish_outlasts_the_304s_that_follow() -> None:
    state = after(poll(), fetched(), replace(NEWS, pace=Pace(2 * HOUR)))
    again = pacing.next_state(Poll(poll().feed, state), NotModified(answer()), None, now=NOW, random=Random(1))
    assert wait(again) >= 2 * HOUR


@given(st.frozensets(st.integers(0, 23), max_size=23), st.frozensets(st.integers(0, 6), max_size=2), st.integers())
def test_skipped_hours_and_days_are_skipped(hours: frozenset[int], days: frozenset[int], seed: int) -> None:
    state = after(poll(), fetched(), replace(NEWS, pace=Pace(None, hours, days)), seed=seed)
    assert state.next_poll_at is not None
    assert state.next_poll_at.hour not in hours
    assert state.next_poll_at.weekday() not in days


def test_a_feed_that_skips_every_hour_is_polled_nevertheless() -> None:
    state = after(poll(), fetched(), replace(NEWS, pace=Pace(None, frozenset(range(24)))))
    assert wait(state) <= pacing.FIRST_INTERVAL


def test_a_success_clears_failures_at_once() -> None:
    broken = poll(consecutive_failures=9, status="failing", status_reason="x", poll_interval_seconds=HOUR)
    state = after(broken, NotModified(answer()))
    assert (state.consecutive_failures, state.status, state.status_reason) == (0, "ok", "")
    assert wait(state) < 2 * HOUR


# --- validators --------------------------------------------------------------------------------


def test_validators_come_from_a_body_that_was_loaded() -> None:
    state = after(poll(etag="old"), fetched(etag='"new"', last_modified="noon"), NEWS)
    assert (state.etag, state.last_modified, state.last_body_sha256) == ('"new"', "noon", "new")
    assert state.last_full_fetch_at == NOW


def test_an_etag_is_not_kept_when_its_entries_were_not() -> None:
    state = after(poll(etag="old", last_body_sha256="old"), fetched(etag="new"), None)
    assert (state.etag, state.last_body_sha256, state.last_full_fetch_at) == ("old", "old", None)


def test_a_known_body_renews_its_validators() -> None:
    assert after(poll(etag="old", last_body_sha256="same"), fetched(sha256="same", etag="new"), None).etag == "new"


def test_a_body_without_validators_leaves_none() -> None:
    assert after(poll(etag="old"), fetched(), NEWS).etag is None


@pytest.mark.parametrize("outcome", [NotModified(answer(etag="other")), failed()])
def test_other_outcomes_leave_validators_alone(outcome: Outcome) -> None:
    assert after(poll(etag="old"), outcome).etag == "old"


def test_a_validator_too_long_to_send_is_not_kept() -> None:
    assert after(poll(), fetched(etag="e" * 9_000), NEWS).etag is None


# --- quiet -------------------------------------------------------------------------------------


def test_a_feed_silent_far_beyond_its_habit_is_quiet_and_not_failing() -> None:
    silent = poll(last_new_entry_at=NOW - timedelta(days=8), news_gap_seconds=HOUR, poll_interval_seconds=6 * HOUR)
    state = after(silent, NotModified(answer()))
    assert state.status == "quiet"
    assert "every 1.0 hours" in state.status_reason
    assert state.poll_interval_seconds == 7.5 * HOUR


def test_a_feed_that_is_rare_by_habit_is_not_quiet() -> None:
    rare = poll(last_new_entry_at=NOW - timedelta(days=30), news_gap_seconds=5 * DAY)
    assert after(rare, NotModified(answer())).status == "ok"


def test_a_quiet_feed_with_news_is_ok_and_asked_more_often_at_once() -> None:
    quiet = poll(status="quiet", last_new_entry_at=NOW - timedelta(days=90), poll_interval_seconds=DAY)
    state = after(quiet, fetched(), NEWS)
    assert (state.status, state.poll_interval_seconds) == ("ok", pacing.LONGEST_INTERVAL)


def test_the_habit_is_a_running_mean_of_the_gaps_between_news() -> None:
    known = poll(last_new_entry_at=NOW - timedelta(hours=2), news_gap_seconds=HOUR)
    assert after(known, fetched(), NEWS).news_gap_seconds == pytest.approx(1.2 * HOUR)


# --- failure -----------------------------------------------------------------------------------


@given(GRADE, st.integers(0, 10**6), st.none() | st.floats(0, 1e12), st.integers())
def test_a_failure_is_followed_by_a_poll_within_bounds(
    grade: Grade, failures: int, retry_after: float | None, seed: int
) -> None:
    state = after(poll(consecutive_failures=failures), failed(grade, retry_after=retry_after), seed=seed)
    assert 10 * MINUTE * (1 - pacing.BACKOFF_SPREAD) <= wait(state) <= DAY * (1 + pacing.BACKOFF_SPREAD)


@given(GRADE, st.integers(0, 10), st.integers())
def test_backing_off_doubles_until_its_ceiling(grade: Grade, failures: int, seed: int) -> None:
    first, longest = pacing.BACKOFF[grade]
    state = after(poll(consecutive_failures=failures), failed(grade), seed=seed)
    expected = min(first * 2**failures, longest)
    assert wait(state) == pytest.approx(expected, rel=pacing.BACKOFF_SPREAD)


@given(st.integers(0, 20))
def test_graver_failures_wait_longer(failures: int) -> None:
    waits = [wait(after(poll(consecutive_failures=failures), failed(grade))) for grade in get_args(Grade)]
    assert waits == sorted(waits)


@given(st.floats(0, pacing.LONGEST_RETRY_AFTER), GRADE, st.integers())
def test_a_wait_that_a_server_asks_for_is_kept_in_full(seconds: float, grade: Grade, seed: int) -> None:
    assert wait(after(poll(), failed(grade, "http_429", seconds), seed=seed)) >= seconds - 1e-6


@pytest.mark.parametrize("retry_after", [None, 0.0, 3_600.0])
def test_feeds_that_failed_together_do_not_come_back_together(retry_after: float | None) -> None:
    random = Random(1)
    outcome = failed("temporary", "http_503", retry_after)
    times = sorted(wait(pacing.next_state(poll(), outcome, None, now=NOW, random=random)) for _ in range(20))
    assert len(set(times)) == 20
    assert times[-1] - times[0] > MINUTE


def test_a_failure_is_told_in_the_state() -> None:
    state = after(poll(consecutive_failures=2, poll_interval_seconds=HOUR), failed())
    assert (state.status, state.status_reason, state.consecutive_failures) == ("failing", "It is broken.", 3)
    assert state.poll_interval_seconds == HOUR


def test_410_marks_a_feed_gone() -> None:
    state = after(poll(), failed("hard", "http_410"))
    assert (state.status, state.next_poll_at) == ("gone", None)


def test_410_behind_a_temporary_redirect_does_not() -> None:
    outcome = replace(failed("hard", "http_410"), answer=answer(Redirect(302, "https://b.test/")))
    assert after(poll(), outcome).status == "failing"


# --- permanent redirects -----------------------------------------------------------------------

MOVED = Redirect(301, "https://b.test/feed")


def test_permanent_redirects_are_counted_while_they_stay_the_same() -> None:
    state = after(poll(redirect_url=MOVED.url, redirect_count=2), NotModified(answer(MOVED)))
    assert (state.redirect_url, state.redirect_count) == (MOVED.url, 3)


def test_another_target_starts_the_count_again() -> None:
    state = after(poll(redirect_url="https://c.test/", redirect_count=4), fetched(Redirect(308, MOVED.url)), NEWS)
    assert (state.redirect_url, state.redirect_count) == (MOVED.url, 1)


@pytest.mark.parametrize("redirects", [(), (Redirect(302, MOVED.url),), (Redirect(307, MOVED.url),)])
def test_no_permanent_redirect_ends_the_count(redirects: tuple[Redirect, ...]) -> None:
    state = after(poll(redirect_url=MOVED.url, redirect_count=4), fetched(*redirects), NEWS)
    assert (state.redirect_url, state.redirect_count) == (None, 0)


def test_a_failure_neither_counts_nor_ends_the_count() -> None:
    assert after(poll(redirect_url=MOVED.url, redirect_count=4), failed()).redirect_count == 4


def moved(url: str = "https://a.test/feed", count: int = pacing.ADOPT_AFTER - 1, target: str = MOVED.url) -> Poll:
    return poll(url, redirect_url=target, redirect_count=count, last_body_sha256="known")


def test_a_redirect_is_adopted_after_several_same_answers_with_entries_of_ours() -> None:
    assert pacing.adopts_redirect(moved(), fetched(MOVED), NEWS) == MOVED.url


def test_a_body_of_ours_is_as_good_as_entries_of_ours() -> None:
    assert pacing.adopts_redirect(moved(), fetched(MOVED, sha256="known"), None) == MOVED.url


def test_only_the_permanent_part_of_a_chain_is_adopted() -> None:
    outcome = fetched(MOVED, Redirect(302, "https://cdn.test/x"))
    assert pacing.adopts_redirect(moved(), outcome, NEWS) == MOVED.url


@pytest.mark.parametrize(
    ("given_poll", "outcome", "harvest"),
    [
        (moved(count=2), fetched(MOVED), NEWS),
        (moved(), fetched(Redirect(301, "https://c.test/")), NEWS),
        (moved(), fetched(Redirect(302, MOVED.url)), NEWS),
        (moved(), fetched(Redirect(302, "https://x.test/"), MOVED), NEWS),
        (moved(), fetched(MOVED), Harvest(30, 0, 30)),
        (moved(), fetched(MOVED), None),
        (moved(), NotModified(answer(MOVED)), None),
        (moved("https://ann:secret@a.test/feed"), fetched(MOVED), NEWS),
        (moved(target="http://b.test/feed"), fetched(Redirect(301, "http://b.test/feed")), NEWS),
    ],
    ids=[
        "too early",
        "elsewhere",
        "temporary",
        "temporary first",
        "nothing shared",
        "not loaded",
        "304",
        "login",
        "http",
    ],
)
def test_a_redirect_is_not_adopted_otherwise(given_poll: Poll, outcome: Outcome, harvest: Harvest | None) -> None:
    assert pacing.adopts_redirect(given_poll, outcome, harvest) is None
