"""The figures of a run's politeness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tasks.fetching import politeness
from warehouse.model import Answer, Failed, Feed, FeedState, Fetched, NotModified, Outcome, Poll, Redirect

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def polled(
    name: str, url: str, second: float, kind: str, received: int = 0, *redirects: Redirect
) -> tuple[Poll, Outcome]:
    asked = kind != "unasked"
    answer = Answer(name, NOW + timedelta(seconds=second), float(asked), url, None, received, (), redirects)
    outcomes: dict[str, Outcome] = {
        "fetched": Fetched(answer, "sha", 1_000),
        "not_modified": NotModified(answer),
        "failed": Failed(answer, "dns", "temporary", "No."),
        "unasked": Failed(answer, "scheme", "hard", "No."),
    }
    return Poll(Feed(name, url, "o", None), FeedState(name)), outcomes[kind]


RUN = [
    polled("a", "http://a.test/1", 0.0, "fetched", 300, Redirect(301, "http://a.test/2")),
    polled("b", "http://a.test/3", 5.0, "not_modified", 100),
    polled("c", "http://b.test/1", 5.5, "not_modified", 100),
    polled("d", "http://a.test/4", 6.25, "failed"),
    polled("e", "ftp://a.test/4", 6.3, "unasked"),
]


def test_a_run_is_summed_up() -> None:
    polls, outcomes = zip(*RUN, strict=True)
    assert politeness.summary(polls, outcomes, last_body_bytes={"b": 7_000, "x": 1}) == politeness.Politeness(
        request_count=5,
        host_count=2,
        not_modified_share=pytest.approx(0.4),
        received_bytes=500,
        saved_bytes=7_000,
        compression_saved_bytes=700,
        smallest_gap_seconds=1.25,
        closest_host="a.test",
    )


def test_a_run_of_nothing_has_no_gap() -> None:
    summary = politeness.summary([], [])
    assert (summary.request_count, summary.not_modified_share, summary.smallest_gap_seconds) == (0, 0.0, None)
