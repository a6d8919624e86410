"""How often a feed asks to be polled: RSS ttl, skipHours and skipDays, and the syndication module's period."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from warehouse.model import Pace

_PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_DAYS = {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6}
LONGEST_SECONDS = 31_536_000.0


def read(feed: dict[str, Any], skip_hours: Iterable[str], skip_days: Iterable[str]) -> Pace:
    """The pace of a feed, from feedparser's channel: the longer of ttl and period, at most a year.

    Hours are 0 to 23 in UTC; days are numbered as `datetime.weekday` does, from Monday, which is 0.
    """
    asked = [seconds for seconds in (_ttl(feed), _period(feed)) if seconds]
    return Pace(
        minimum_seconds=min(max(asked), LONGEST_SECONDS) if asked else None,
        # The first RSS counted 1 to 24, the later 0 to 23.
        skip_hours=frozenset(
            int(hour) % 24 for hour in map(str.strip, skip_hours) if _is_number(hour) and int(hour) <= 24
        ),
        skip_days=frozenset(_DAYS[day] for day in (name.strip().lower() for name in skip_days) if day in _DAYS),
    )


def _ttl(feed: dict[str, Any]) -> float | None:
    text = str(dict.get(feed, "ttl", "")).strip()
    return float(text) * 60 if _is_number(text) else None


def _period(feed: dict[str, Any]) -> float | None:
    period = _PERIODS.get(str(dict.get(feed, "sy_updateperiod", "")).strip().lower())
    frequency = str(dict.get(feed, "sy_updatefrequency", "1")).strip()
    return period / max(int(frequency), 1) if period and _is_number(frequency) else period


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
