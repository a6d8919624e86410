"""How polite a run was, in figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from types import MappingProxyType

from tasks.fetching.targets import host_of
from warehouse.model import Fetched, NotModified, Outcome, Poll


@dataclass(frozen=True, slots=True)
class Politeness:
    """What a run asked of publishers, and what it spared them.

    `saved_bytes` is what the 304s would have cost, as far as the size of the body before is known;
    `smallest_gap_seconds` is the least time between the starts of two feeds' requests to one host, `closest_host`
    that host; both None where no host was asked twice.
    """

    request_count: int
    host_count: int
    not_modified_share: float
    received_bytes: int
    saved_bytes: int
    compression_saved_bytes: int
    smallest_gap_seconds: float | None
    closest_host: str | None


def summary(
    polls: Sequence[Poll], outcomes: Sequence[Outcome], *, last_body_bytes: Mapping[str, int] = MappingProxyType({})
) -> Politeness:
    """The politeness of a run from its polls and their outcomes, in the same order.

    `last_body_bytes` has the size of the last body of a feed, by its id, as it was received.
    """
    answers = [outcome.answer for outcome in outcomes]
    spared = [outcome for outcome in outcomes if isinstance(outcome, NotModified)]
    bodies = [outcome for outcome in outcomes if isinstance(outcome, Fetched)]
    starts = _starts(polls, outcomes)
    gap, host = min(_gaps(starts), default=(None, None))
    return Politeness(
        request_count=sum(1 + len(answer.redirects) for answer in answers if _was_asked(answer.seconds)),
        host_count=len(starts),
        not_modified_share=len(spared) / len(outcomes) if outcomes else 0.0,
        received_bytes=sum(answer.bytes_received for answer in answers),
        saved_bytes=sum(last_body_bytes.get(outcome.answer.feed_id, 0) for outcome in spared),
        compression_saved_bytes=sum(max(0, body.body_bytes - body.answer.bytes_received) for body in bodies),
        smallest_gap_seconds=gap,
        closest_host=host,
    )


def _was_asked(seconds: float) -> bool:
    # An address that could not be read, or is not fetched at all, never came to a request.
    return seconds > 0


def _starts(polls: Sequence[Poll], outcomes: Sequence[Outcome]) -> dict[str, list[datetime]]:
    starts: dict[str, list[datetime]] = defaultdict(list)
    for poll, outcome in zip(polls, outcomes, strict=True):
        if _was_asked(outcome.answer.seconds):
            starts[host_of(poll.feed.url)].append(outcome.answer.started_at)
    return starts


def _gaps(starts: Mapping[str, list[datetime]]) -> Iterable[tuple[float, str]]:
    for host, times in starts.items():
        for earlier, later in pairwise(sorted(times)):
            yield (later - earlier).total_seconds(), host
