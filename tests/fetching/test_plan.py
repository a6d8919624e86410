"""Which feeds are due, in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fetching.plan import plan
from warehouse.model import Feed, FeedState, Poll

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def poll(name: str, due: float | None = 0, *, host: str = "a.test", is_enabled: bool = True, **state: object) -> Poll:
    """A poll that is due so many minutes from now; None: never polled."""
    at = None if due is None else NOW + timedelta(minutes=due)
    feed = Feed(name, f"https://{host}/{name}", "o", "en", is_enabled)
    return Poll(feed, FeedState(name, next_poll_at=at, **state))  # type: ignore[arg-type]


def names(*polls: Poll, everything: bool = False) -> list[str]:
    return [each.feed.feed_id for each in plan(polls, NOW, everything=everything)]


def test_feeds_whose_time_has_come_are_due() -> None:
    assert names(poll("later", 1), poll("now", 0), poll("late", -1), poll("never", None)) == ["never", "late", "now"]


@pytest.mark.parametrize("everything", [True, False])
def test_disabled_and_gone_feeds_are_never_due(everything: bool) -> None:
    polls = [poll("off", is_enabled=False), poll("gone", None, status="gone"), poll("out", status="disabled")]
    assert names(*polls, everything=everything) == []


@pytest.mark.parametrize("status", ["ok", "failing", "quiet"])
def test_feeds_of_any_other_status_are(status: str) -> None:
    assert names(poll("f", status=status)) == ["f"]


def test_everything_takes_feeds_before_their_time() -> None:
    assert names(poll("later", 60), everything=True) == ["later"]


def test_hosts_take_turns() -> None:
    polls = [
        poll("a1", -9),
        poll("a2", -8),
        poll("a3", -7),
        poll("b1", -2, host="b.test"),
        poll("c1", -1, host="c.test"),
    ]
    assert names(*polls) == ["a1", "b1", "c1", "a2", "a3"]


@given(
    st.lists(st.tuples(st.integers(-99, 99), st.sampled_from(["a.test", "b.test", "c.test"])), max_size=12),
    st.integers(),
)
def test_the_order_feeds_are_given_in_does_not_matter(specs: list[tuple[int, str]], seed: int) -> None:
    polls = [poll(str(number), due, host=host) for number, (due, host) in enumerate(specs)]
    shuffled = Random(seed).sample(polls, len(polls))
    assert plan(polls, NOW) == plan(shuffled, NOW)
