"""What `usven feeds check` says of feeds in all kinds of health."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tasks.fetching import wording
from warehouse.model import Answer, Failed, Feed, FeedState, Fetched, Harvest, NotModified, Outcome, Poll, Redirect

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def poll(*, is_enabled: bool = True, **state: object) -> Poll:
    feed = Feed("f", "https://a.test/feed", "o", "en", is_enabled, "Behind a wall." if not is_enabled else "")
    return Poll(feed, FeedState("f", **state))  # type: ignore[arg-type]


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@pytest.mark.parametrize(
    ("given_poll", "words"),
    [
        (poll(), "Never polled. Due now."),
        (
            poll(last_success_at=ago(minutes=5), poll_interval_seconds=900, next_poll_at=ago(minutes=-10)),
            "Last answered 5 min ago. Asked about every 15 min. Next poll in 10 min.",
        ),
        (
            poll(status="failing", status_reason="It is down.", consecutive_failures=3, last_success_at=ago(days=2)),
            "Failing, 3 times in a row. It is down. Last answered 2 days ago. Due now.",
        ),
        (
            poll(status="failing", status_reason="It is down.", consecutive_failures=1, next_poll_at=ago(hours=-6)),
            "Failing, once. It is down. It has never answered. Next poll in 6 h.",
        ),
        (poll(status="gone", status_reason="It ended."), "Gone: it is not polled any more. It ended."),
        (poll(is_enabled=False), "Disabled: it is not polled. Behind a wall."),
    ],
)
def test_a_state_is_told_in_words(given_poll: Poll, words: str) -> None:
    assert wording.describe_state(given_poll, now=NOW) == words


def answer(*redirects: Redirect, **headers: str) -> Answer:
    url = redirects[-1].url if redirects else "https://a.test/feed"
    return Answer("f", NOW, 0.31, url, 200, 500, tuple(headers.items()), redirects)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (
            Fetched(answer(etag="x"), "sha", 12_345),
            "Fetched 12,345 bytes in 0.3 s: 30 entries, 2 of them new, the newest 3 h old.",
        ),
        (Fetched(answer(), "sha", 9), "neither ETag nor Last-Modified"),
        (
            Fetched(answer(Redirect(301, "https://b.test/?key=k")), "sha", 9),
            "moved for good to https://b.test/?key=***: change",
        ),
        (
            NotModified(answer(Redirect(302, "https://b.test/"))),
            "For the time being it is redirected to https://b.test/.",
        ),
        (NotModified(answer()), "Unchanged since it was last fetched (304)."),
        (
            Failed(answer(), "http_429", "temporary", "Busy.", 7_200.0),
            "Busy. Such things mostly pass by themselves. The server asks to be left alone for 2 h.",
        ),
        (Failed(answer(), "scheme", "hard", "No."), "No. This will not pass by itself."),
    ],
)
def test_an_outcome_is_told_in_words(outcome: Outcome, words: str) -> None:
    harvest = Harvest(30, 28, 2, 0, ago(hours=3))
    assert words in wording.describe_outcome(outcome, harvest, now=NOW)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (40, "40 s"), (90, "2 min"), (5_400, "2 h"), (129_600, "2 days"), (86_400, "24 h")],
)
def test_a_span_is_told_in_one_unit(seconds: float, words: str) -> None:
    assert wording.span(seconds) == words
