"""What a month of polling looks like from the servers' side: spacing, back-off, jitter, and news heard in time."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

import pytest

from tasks.fetching import pacing
from tests.fetching.month import END, HOST_DELAY, START, STEP, Habit, Month, replay
from warehouse.model import Failed, NotModified, Pace

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OUTAGE = START + 10 * DAY, START + 11 * DAY


def outage(at: datetime) -> tuple[str, str, float | None] | None:
    return ("http_503", "temporary", None) if OUTAGE[0] <= at < OUTAGE[1] else None


def throttled(at: datetime) -> tuple[str, str, float | None] | None:
    return ("http_429", "temporary", 7_200.0) if at.hour == 8 else None


HABITS = {
    **{f"wire {number}": Habit(timedelta(minutes=20)) for number in range(3)},
    **{f"daily {number}": Habit(DAY) for number in range(3)},
    **{f"blog {number}": Habit(5 * DAY) for number in range(2)},
    **{f"down {number}": Habit(HOUR, trouble=outage) for number in range(5)},
    "stopped": Habit(None),
    "missing": Habit(HOUR, trouble=lambda _: ("http_404", "soft", None)),
    "misspelt": Habit(HOUR, trouble=lambda _: ("scheme", "hard", None)),
    "ended": Habit(HOUR, trouble=lambda at: ("http_410", "hard", None) if at > START + 3 * DAY else None),
    "throttled": Habit(HOUR, trouble=throttled),
    "with ttl": Habit(timedelta(minutes=5), pace=Pace(minimum_seconds=3_600.0)),
    "with max-age": Habit(timedelta(minutes=5), max_age=5_400),
}
HOSTS = {"wire": "wire.test", "daily": "papers.test", "blog": "papers.test", "down": "down.test"}
URLS = {name: f"https://{HOSTS.get(name.split()[0], 'others.test')}/{name.replace(' ', '-')}" for name in HABITS}


@pytest.fixture(scope="module")
def month() -> Month:
    return replay(HABITS, URLS)


def test_starts_at_a_host_are_never_closer_than_its_delay(month: Month) -> None:
    gaps = [later - earlier for starts in month.starts.values() for earlier, later in pairwise(sorted(starts))]
    assert min(gaps) >= timedelta(seconds=HOST_DELAY) - timedelta(microseconds=10)


def test_a_lively_feed_is_heard_within_minutes(month: Month) -> None:
    assert median(month.delays["wire 0"]) <= timedelta(minutes=10)


def test_a_daily_feed_is_heard_within_hours_for_a_few_polls_a_day(month: Month) -> None:
    assert median(month.delays["daily 0"]) <= 3 * HOUR
    assert len(month.visits["daily 0"]) <= 30 * 12


def test_a_feed_without_news_is_asked_ever_less_often(month: Month) -> None:
    waits = month.waits("stopped")
    assert median(waits[-10:]) >= 0.9 * pacing.LONGEST_INTERVAL * timedelta(seconds=1)


def test_no_feed_is_asked_more_often_than_the_shortest_interval(month: Month) -> None:
    shortest = timedelta(seconds=pacing.SHORTEST_INTERVAL * (1 - pacing.EARLINESS))
    assert min(wait for name in HABITS if name != "ended" for wait in month.waits(name)) >= shortest


def test_most_answers_of_the_month_are_304(month: Month) -> None:
    outcomes = [visit.outcome for name in HABITS if name.startswith("daily") for visit in month.visits[name]]
    assert sum(isinstance(outcome, NotModified) for outcome in outcomes) / len(outcomes) > 0.6


@pytest.mark.parametrize("name", [f"down {number}" for number in range(5)])
def test_an_outage_is_met_with_ever_longer_waits(month: Month, name: str) -> None:
    failed = [visit for visit in month.visits[name] if isinstance(visit.outcome, Failed)]
    waits = [later.at - earlier.at for earlier, later in pairwise(failed)]
    assert 4 <= len(failed) <= 12
    assert waits[-1] > 4 * waits[0]


@pytest.mark.parametrize("name", [f"down {number}" for number in range(5)])
def test_a_feed_is_polled_as_before_once_an_outage_is_over(month: Month, name: str) -> None:
    back = next(
        visit for visit in month.visits[name] if visit.at >= OUTAGE[1] and not isinstance(visit.outcome, Failed)
    )
    assert back.at - OUTAGE[1] <= timedelta(seconds=pacing.BACKOFF["temporary"][1] * (1 + pacing.BACKOFF_SPREAD)) + STEP
    assert back.state_after.poll_interval_seconds is not None
    assert back.state_after.poll_interval_seconds <= 1.25 * (back.state_before.poll_interval_seconds or 0)
    assert back.state_after.consecutive_failures == 0


def test_feeds_that_failed_together_do_not_come_back_together(month: Month) -> None:
    due = [
        visit.state_after.next_poll_at
        for name in HABITS
        for visit in month.visits[name]
        if name.startswith("down") and isinstance(visit.outcome, Failed)
    ]
    assert len(set(due)) == len(due)
    recovered = [
        next(visit.at for visit in month.visits[f"down {number}"] if visit.at >= OUTAGE[1]) for number in range(5)
    ]
    assert max(recovered) - min(recovered) > HOUR


def test_a_wait_that_a_server_asks_for_is_kept(month: Month) -> None:
    for earlier, later in pairwise(month.visits["throttled"]):
        if isinstance(earlier.outcome, Failed):
            assert later.at - earlier.at >= timedelta(seconds=7_200)


@pytest.mark.parametrize(("name", "seconds"), [("with ttl", 3_600), ("with max-age", 5_400)])
def test_a_server_that_says_how_often_is_heeded(month: Month, name: str, seconds: int) -> None:
    assert min(month.waits(name)) >= timedelta(seconds=seconds)


def test_a_feed_that_is_gone_is_never_asked_again(month: Month) -> None:
    assert sum(isinstance(visit.outcome, Failed) for visit in month.visits["ended"]) == 1


@pytest.mark.parametrize("name", ["missing", "misspelt"])
def test_a_feed_that_stays_broken_is_asked_about_once_a_day(month: Month, name: str) -> None:
    assert len(month.visits[name]) < 45
    assert month.visits[name][-1].at > END - 2 * DAY
