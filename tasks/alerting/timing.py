"""When alerts are sent, and with which others: quiet hours, cool-down, and back-off after failures. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks.alerting.rules import Book
from warehouse.rows import Alert

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
"""After a failure; each further one doubles it."""
GIVE_UP_AFTER = timedelta(days=2)
"""News of two days ago is no alert."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Alerts of one rule that go to one channel as one message."""

    delivery_id: str
    rule: str
    channel: str
    alerts: tuple[Alert, ...]

    @property
    def alert_ids(self) -> tuple[str, ...]:
        return tuple(alert.alert_id for alert in self.alerts)

    @property
    def attempt_count(self) -> int:
        return max(alert.attempt_count for alert in self.alerts)


def due(
    waiting: Iterable[Alert], book: Book, *, last_delivered: Mapping[tuple[str, str], datetime], now: datetime
) -> tuple[Delivery, ...]:
    """The messages to send now, out of the alerts that wait; `last_delivered` is by rule and channel."""
    groups: dict[tuple[str, str, str | None], list[Alert]] = {}
    for alert in waiting:
        groups.setdefault((alert.rule, alert.channel, alert.delivery_id), []).append(alert)
    taken: set[tuple[str, str]] = set()
    chosen = []
    for (rule, channel, delivery_id), alerts in groups.items():
        if (rule, channel) in taken or not _may_go(alerts, book, last_delivered.get((rule, channel)), now):
            continue
        taken.add((rule, channel))
        chosen.append(Delivery(delivery_id or _message_id(alerts), rule, channel, tuple(alerts)))
    return tuple(chosen)


def next_attempt(attempt_count: int, now: datetime) -> datetime:
    """When to try again after so many failures."""
    return now + min(FIRST_WAIT * (1 << min(attempt_count - 1, 10)), LONGEST_WAIT)


def is_quiet(book: Book, now: datetime) -> bool:
    """Whether it is one of the quiet hours, which may pass midnight."""
    if book.quiet is None:
        return False
    (begin, end), clock = book.quiet, now.astimezone(book.zone).time()
    return begin <= clock < end if begin <= end else clock >= begin or clock < end


def _may_go(alerts: Sequence[Alert], book: Book, last_delivered_at: datetime | None, now: datetime) -> bool:
    rule = book.rule(alerts[0].rule)
    is_urgent = rule is not None and rule.urgent
    rest = timedelta(minutes=rule.cool_down_minutes if rule else 0)
    is_rested = last_delivered_at is None or now - last_delivered_at >= rest
    may_try = all(alert.next_attempt_at is None or alert.next_attempt_at <= now for alert in alerts)
    return may_try and is_rested and (is_urgent or not is_quiet(book, now))


def _message_id(alerts: Sequence[Alert]) -> str:
    return hashlib.sha256(" ".join(sorted(alert.alert_id for alert in alerts)).encode()).hexdigest()[:24]
