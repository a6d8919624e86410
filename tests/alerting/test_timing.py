"""When messages go: quiet hours, cool-down and back-off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tasks.alerting import timing
from tasks.alerting.rules import Book
from tasks.alerting.timing import Delivery
from warehouse.rows import Alert

NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)  # 23:00 on the day before in Caracas
ALERT = Alert("1", "r", "topic", "s1", "s1", NOW, "mail", "Talks go on (Uno)", "https://uno.example/1", "pending")
SECOND = replace(ALERT, alert_id="2", subject="s2", story_id="s2")


def book(**values: Any) -> Book:
    rule = {"name": "r", "kind": "topic", "topics": ["x"], **values.pop("rule", {})}
    return Book.model_validate({"rules": [rule], **values})


def due(*waiting: Alert, given: Book | None = None, last: datetime | None = None) -> tuple[Delivery, ...]:
    last_delivered = {("r", "mail"): last} if last else {}
    return timing.due(waiting, given or book(), last_delivered=last_delivered, now=NOW)


def test_alerts_of_a_rule_go_to_a_channel_as_one_message() -> None:
    (message,) = due(ALERT, SECOND)
    assert message.alert_ids == ("1", "2")
    assert len(due(ALERT, replace(SECOND, channel="desk"))) == 2


@pytest.mark.parametrize(
    ("hours", "zone", "quiet"),
    [
        ("22:00-06:30", "America/Caracas", True),
        ("22:00-06:30", "UTC", True),
        ("23:30-06:30", "America/Caracas", False),
        ("01:00-03:00", "UTC", False),
        ("03:00-04:00", "UTC", True),
        ("", "UTC", False),
    ],
)
def test_quiet_hours_are_those_of_their_time_zone_and_pass_midnight(hours: str, zone: str, quiet: bool) -> None:
    given = book(quiet_hours=hours, timezone=zone)
    assert timing.is_quiet(given, NOW) is quiet
    assert bool(due(ALERT, given=given)) is not quiet


def test_an_urgent_rule_knows_no_quiet_hours() -> None:
    assert due(ALERT, given=book(quiet_hours="00:00-12:00", rule={"urgent": True}))


def test_a_rule_rests_between_two_messages() -> None:
    assert not due(ALERT, last=NOW - timedelta(minutes=29))
    assert due(ALERT, last=NOW - timedelta(minutes=30))


def test_a_failed_message_waits_longer_each_time_up_to_six_hours() -> None:
    waits = [timing.next_attempt(count, NOW) - NOW for count in (1, 2, 3, 50)]
    assert waits == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20), timedelta(hours=6)]
    assert not due(replace(ALERT, next_attempt_at=NOW + timedelta(seconds=1)))
    assert due(replace(ALERT, next_attempt_at=NOW))


def test_a_message_that_may_have_arrived_is_repeated_as_it_was() -> None:
    message = due(replace(ALERT, delivery_id="m1"), SECOND)
    assert [(m.delivery_id, m.alert_ids) for m in message] == [("m1", ("1",))]
