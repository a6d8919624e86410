"""Which feeds are due, and in which order to ask them."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from tasks.fetching.targets import host_of
from warehouse.errors import SettingsError
from warehouse.model import Poll

_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Share:
    """One of `count` equal parts of the hosts: all feeds of a host are in one, so that its spacing holds."""

    number: int = 1
    count: int = 1

    def takes(self, host: str) -> bool:
        return zlib.crc32(host.encode()) % self.count == self.number - 1


WHOLE = Share()


def share(text: str) -> Share:
    """A share as people write it: `2/3` is the second of three.

    Raises:
        SettingsError: it is not of that form.
    """
    found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if found is None or int(found[1]) > int(found[2]):
        raise SettingsError(f"{text!r} is not a share. Write 2/3 for the second of three.")
    return Share(int(found[1]), int(found[2]))


def plan(polls: Iterable[Poll], now: datetime, *, everything: bool = False, share: Share = WHOLE) -> tuple[Poll, ...]:
    """The due polls of a share, longest overdue first, hosts taking turns; never polled counts as overdue for ever.

    Feeds that are disabled or gone are never due; `everything` takes all others whatever their time. A feed that
    answered in what is now the future was planned by a clock that has been set back since, and is due.
    """
    due = sorted((poll for poll in polls if _is_due(poll, now, everything)), key=_overdue_first)
    return _interleaved([poll for poll in due if share.takes(host_of(poll.feed.url))])


def _is_due(poll: Poll, now: datetime, everything: bool) -> bool:
    if not poll.feed.is_enabled or poll.state.status in ("gone", "disabled"):
        return False
    state = poll.state
    is_of_another_clock = state.last_success_at is not None and state.last_success_at > now
    return everything or is_of_another_clock or state.next_poll_at is None or state.next_poll_at <= now


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
