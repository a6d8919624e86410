"""Alerts from rules to delivery, without Prefect: what is found is recorded before it is sent, and after.

What is guaranteed. An alert, that is a rule and a story, is raised once; a story that was merged since counts as told.
It is recorded before it is sent, so that none is forgotten, and marked while it is sent. Where the program ends just
then, nobody knows whether it arrived: a webhook gets it again under the same id, by which its receiver can tell; no
other channel does, and the alert stays `uncertain`. A failure is tried again in later runs, less and less often, for
two days.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from flows import passes
from tasks.alerting import channels, matching, rules, timing
from tasks.alerting.matching import Facts
from tasks.alerting.rules import Book, Dark, Headline, Keyword, Spike
from tasks.alerting.timing import Delivery
from tasks.fetching import posting
from tasks.loading import loader
from warehouse import alerts, database, lock, migrate
from warehouse.database import Connection
from warehouse.errors import SettingsError
from warehouse.rows import Alert
from warehouse.settings import Settings

FRESH = timedelta(days=1)
"""Reports first seen since are told: long enough for a night's outage, and what a new rule begins with."""
REPORTED_WITHIN = timedelta(days=3)
"""An older report that is seen only now is no news."""
LOCK_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check raised, each once for all its channels, and what became of the messages that were due."""

    raised: tuple[Alert, ...] = ()
    delivered_count: int = 0
    failures: tuple[str, ...] = ()
    waiting_count: int = 0


def check(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = passes.utc_now,
    on_raised: Callable[[tuple[Alert, ...]], None] = lambda _: None,
) -> Checked:
    """Raise what the rules find in the published copy, and deliver what is due.

    `on_raised` is told the new alerts of each rule.

    Raises:
        SettingsError: the file of rules is wrong.
        WarehouseError: the warehouse cannot be used; WarehouseBusy, if another check goes on.
    """
    with (
        lock.exclusive(settings.data / "alerts.lock", "a check of alerts", patience_seconds=LOCK_PATIENCE_SECONDS),
        lock.turn(settings.warehouse_path, of="check of alerts"),
    ):
        now = clock()
        book, candidates, is_waiting = _look(settings, now)
        if not candidates and not is_waiting:
            return Checked()
        channels.demand_usable(book)
        with database.writing(settings.warehouse_path) as connection:
            new = alerts.record(connection, candidates)
            _settle_interrupted(connection, book)
        for _, of_rule in itertools.groupby(_distinct(new), key=lambda alert: alert.rule):
            on_raised(tuple(of_rule))
        delivered_count, failures = _deliver(settings, book, clock)
        with database.writing(settings.warehouse_path) as connection:
            waiting_count = len(alerts.waiting(connection))
        loader.publish_copy(settings)
    return Checked(_distinct(new), delivered_count, failures, waiting_count)


def preview(settings: Settings, *, now: datetime) -> tuple[Alert, ...]:
    """What a check would raise now, each once for all its channels; nothing is recorded or sent.

    Raises:
        SettingsError, WarehouseError: as `check`.
    """
    return _distinct(_look(settings, now)[1])


def test(settings: Settings, names: Sequence[str], *, now: datetime) -> dict[str, str | None]:
    """Send a sample through channels, all of them if none is named: what went wrong with each, None if nothing.

    Raises:
        SettingsError: the file of rules is wrong, or has no such channel.
    """
    book = read(settings)
    if missing := sorted({*names} - {*book.channels}):
        raise SettingsError(f"There is no channel {missing[0]!r} in {_path(settings)}.")
    if not book.channels:
        raise SettingsError(f"{_path(settings)} has no channels. See docs/operating.md for how one is written.")
    channels.demand_usable(book)
    return _tell(settings, book, names or tuple(book.channels), "a test", "This is a test. Alerts arrive here.", now)


def notify(settings: Settings, title: str, text: str, *, now: datetime) -> dict[str, str | None]:
    """Tell the operator, by the channels that the file of rules names for that; as `test`."""
    book = read(settings)
    return _tell(settings, book, book.operator, title, text, now)


def newest(settings: Settings, *, limit: int) -> tuple[Alert, ...]:
    """The latest alerts of the published copy.

    Raises:
        WarehouseError: there is none.
    """
    with database.reading(settings.published_path) as connection:
        migrate.demand_current(connection)
        return alerts.newest(connection, limit=limit)


def read(settings: Settings, connection: Connection | None = None) -> Book:
    """The rules that hold; the names in them are checked against an open warehouse.

    Raises:
        SettingsError: the file is wrong.
    """
    return rules.read(_path(settings), known=alerts.known(connection) if connection else None)


def _path(settings: Settings) -> Path:
    own = settings.alerts_path
    return own if settings.alerts or own.exists() else Path(str(files("seeds") / "alerts.toml"))


def _look(settings: Settings, now: datetime) -> tuple[Book, tuple[Alert, ...], bool]:
    """The rules, what they find that was not told, and whether anything waits to be sent."""
    with database.reading(settings.published_path) as connection:
        migrate.demand_current(connection)
        book = read(settings, connection)
        found = matching.find(book, _facts(connection, book, now), now=now, last_raised=alerts.last_raised(connection))
        candidates = matching.alerts(found, told=alerts.told(connection), now=now)
        return book, candidates, bool(alerts.waiting(connection))


def _facts(connection: Connection, book: Book, now: datetime) -> Facts:
    """No more than the rules ask for."""
    since = now - FRESH
    kinds = {type(rule) for rule in book.rules}
    everything = any(isinstance(rule, Keyword) and rule.everything for rule in book.rules)
    spikes = [rule for rule in book.rules if isinstance(rule, Spike)]
    return Facts(
        stories=alerts.stories(connection, since=since, reported_since=now - REPORTED_WITHIN, everything=everything)
        if kinds - {Headline, Spike, Dark}
        else (),
        changes=alerts.changes(connection, since=since) if Headline in kinds else (),
        silences=alerts.silences(connection) if Dark in kinds else (),
        pulses={
            rule.name: alerts.pulse(connection, now=now, days=7 * rule.weeks, topic=rule.topic, actor=rule.actor)
            for rule in spikes
        },
    )


# --- delivery ----------------------------------------------------------------------------------


def _settle_interrupted(connection: Connection, book: Book) -> None:
    """Alerts that were being sent when the program ended: a webhook can tell a repetition, nobody else can."""
    for alert in alerts.waiting(connection):
        if alert.status == "sending":
            channel = book.channels.get(alert.channel)
            if channel is not None and channel.webhook is not None:
                alerts.update(connection, [alert.alert_id], status="pending")
            else:
                reason = "The program ended while it was sent: it may have arrived."
                alerts.update(connection, [alert.alert_id], status="uncertain", error=reason)


def _deliver(settings: Settings, book: Book, clock: Callable[[], datetime]) -> tuple[int, tuple[str, ...]]:
    """Send what is due: how many messages were taken, and what went wrong with others."""
    with database.writing(settings.warehouse_path) as connection:
        due = timing.due(
            alerts.waiting(connection), book, last_delivered=alerts.last_delivered(connection), now=clock()
        )
    complaints = [_attempt(settings, book, delivery, clock) for delivery in due]
    failures = tuple(complaint for complaint in complaints if complaint)
    return len(due) - len(failures), failures


def _attempt(settings: Settings, book: Book, delivery: Delivery, clock: Callable[[], datetime]) -> str | None:
    """Send one message, recorded as being sent before and with its outcome after."""
    channel = book.channels.get(delivery.channel)
    if channel is None:
        gone = f"The file of rules no longer has the channel {delivery.channel!r}."
        _update(settings, delivery, status="failed", error=gone)
        return gone
    count = delivery.attempt_count + 1
    _update(settings, delivery, status="sending", delivery_id=delivery.delivery_id, attempt_count=count)
    complaint = channels.send(channel, channels.message(delivery), post=_post(settings), now=clock())
    if complaint is None:
        _update(settings, delivery, status="delivered", delivered_at=clock(), error=None)
        return None
    is_over = clock() - min(alert.raised_at for alert in delivery.alerts) >= timing.GIVE_UP_AFTER
    _update(
        settings,
        delivery,
        status="failed" if is_over else "pending",
        # What a webhook may have taken all the same keeps its id; other messages can gather what comes meanwhile.
        delivery_id=delivery.delivery_id if channel.webhook is not None else None,
        next_attempt_at=timing.next_attempt(count, clock()),
        error=complaint,
    )
    return f"{delivery.channel}: {complaint}"


def _update(settings: Settings, delivery: Delivery, **values: Any) -> None:
    with database.writing(settings.warehouse_path) as connection:
        alerts.update(connection, delivery.alert_ids, **values)


def _tell(
    settings: Settings, book: Book, names: Iterable[str], title: str, text: str, now: datetime
) -> dict[str, str | None]:
    message = channels.notice(title, text, now=now)
    return {name: channels.send(book.channels[name], message, post=_post(settings), now=now) for name in names}


def _post(settings: Settings) -> channels.Post:
    return lambda url, headers, body: posting.post(url, headers, body, settings=settings)


def _distinct(raised: Iterable[Alert]) -> tuple[Alert, ...]:
    """One for each rule and subject, whatever the channels."""
    return tuple({(alert.rule, alert.subject): alert for alert in raised}.values())


# --- shown -------------------------------------------------------------------------------------


def describe(done: Checked) -> str:
    """What a check did, in one sentence."""
    parts = [f"{len(done.raised)} alerts raised"]
    if done.delivered_count:
        parts.append(f"{done.delivered_count} messages delivered")
    if done.failures:
        parts.append(f"{len(done.failures)} not delivered ({done.failures[0]})")
    if done.waiting_count:
        parts.append(f"{done.waiting_count} alerts wait")
    return "; ".join(parts)


def as_json(shown: Iterable[Alert]) -> list[dict[str, Any]]:
    """Alerts as `--json` prints them."""
    return [
        {name: f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value for name, value in row.items()}
        for row in map(asdict, shown)
    ]


def lines(shown: Iterable[Alert]) -> Iterable[str]:
    """Alerts for a person, a line each."""
    for alert in shown:
        to = f" → {alert.channel}" if alert.channel else ""
        error = f" ({alert.error})" if alert.error else ""
        yield f"{alert.raised_at:%Y-%m-%d %H:%M}  {alert.status:<9}  {alert.rule}{to}{error}: {alert.text}"
