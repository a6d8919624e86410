"""What a server's headers say about when to ask again, in seconds from its answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from warehouse.model import Answer

LONGEST_SECONDS = 10 * 366 * 86_400.0
"""Anything beyond ten years is a slip and counts as this; the poll plan bounds it much further."""

_DELTA = re.compile(r"[0-9]+")
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?([0-9]+)", re.IGNORECASE)
_NO_REUSE = re.compile(r"(?:^|[,\s])no-(?:cache|store)\b", re.IGNORECASE)


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """The wait that a `Retry-After` asks for, as seconds or as a date (RFC 9110, section 10.2.3); None if neither."""
    if value is None:
        return None
    if _DELTA.fullmatch(value.strip()):
        return _seconds(value.strip())
    date = http_date(value)
    return None if date is None else min(max(0.0, (date - now).total_seconds()), LONGEST_SECONDS)


def fresh_seconds(answer: Answer) -> float:
    """How long the answer stays fresh (RFC 9111, section 4.2): `max-age`, else `Expires`, less `Age`; 0 when unsaid."""
    control = answer.header("cache-control") or ""
    if _NO_REUSE.search(control):
        return 0.0
    stated = _MAX_AGE.search(control)
    lifetime = _seconds(stated[1]) if stated else _until_expiry(answer)
    age = (answer.header("age") or "").strip()
    return max(0.0, lifetime - (_seconds(age) if _DELTA.fullmatch(age) else 0.0))


def http_date(value: str) -> datetime | None:
    """A date as HTTP and mail write it; None for anything else, `0` and `-1` included."""
    try:
        date = parsedate_to_datetime(value)
        # Without a zone it is meant as GMT, which HTTP prescribes.
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _until_expiry(answer: Answer) -> float:
    expires = http_date(answer.header("expires") or "")
    if expires is None:
        return 0.0
    # Measured by the server's own clock where it shows it, which need not agree with ours.
    start = http_date(answer.header("date") or "") or answer.started_at
    return min(max(0.0, (expires - start).total_seconds()), LONGEST_SECONDS)


def _seconds(digits: str) -> float:
    return min(float(digits[:20]), LONGEST_SECONDS)
