"""Which feeds are due, and in which order to ask them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from tasks.fetching.targets import host_of
from warehouse.model import Poll

_EVER = datetime.min.replace(tzinfo=UTC)


def plan(polls: Iterable[Poll], now: datetime, *, everything: bool = False) -> tuple[Poll, ...]:
    """The due polls, those longest overdue first, hosts taking turns; never polled counts as overdue for ever.

    Feeds that are disabled or gone are never due; `everything` takes all others whatever their time.
    """
    due = sorted((poll for poll in polls if _is_due(poll, now, everything)), key=_overdue_first)
    return _interleaved(due)


def _is_due(poll: Poll, now: datetime, everything: bool) -> bool:
    if not poll.feed.is_enabled or poll.state.status in ("gone", "disabled"):
        return False
    return everything or poll.state.next_poll_at is None or poll.state.next_poll_at <= now


def _overdue_first(poll: Poll) -> tuple[datetime, str]:
    return poll.state.next_poll_at or _EVER, poll.feed.feed_id


def _interleaved(polls: list[Poll]) -> tuple[Poll, ...]:
    """Every host's first feed, then every host's second, …: so that no host's turns come in a row."""
    ranks: Counter[str] = Counter()
    ranked = []
    for poll in polls:
        host = host_of(poll.feed.url)
        ranked.append((ranks[host], poll))
        ranks[host] += 1
    return tuple(poll for _, poll in sorted(ranked, key=lambda pair: pair[0]))
