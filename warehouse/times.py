"""Times on their way into the warehouse and out of it: its columns hold UTC without saying so, the program says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def naive(moment: datetime) -> datetime:
    """A time as a column holds it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(value: Any) -> Any:
    """A value of a column: a time in UTC, anything else as it is."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
