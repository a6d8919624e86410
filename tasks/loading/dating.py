"""Judges when an article was reported: publishers' dates are believed where they can be true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# Clocks of publishers run ahead by minutes, and some stamp local time as UTC: up to a day is their error, not news
# from the future, but the time we saw it is then the better one.
TOLERATED_LEAD = timedelta(minutes=15)
# What a missing date turns into: 1970-01-01, 1900-01-01, 0001-01-01. Later ones can be true, for publishers put pages
# of decades ago into feeds and archives: shown as the news of today they would be wrong.
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)


def judge(published_at: datetime | None, updated_at: datetime | None, first_seen_at: datetime) -> tuple[datetime, str]:
    """The time to plot an article at, and what it rests on.

    `published` or `updated`: the feed's own date. `absent`, `future`, `implausible`: the feed's date is missing or
    cannot be true, so the time the article was first seen stands in.
    """
    claimed, quality = (published_at, "published") if published_at else (updated_at, "updated")
    if claimed is None:
        return first_seen_at, "absent"
    if claimed > first_seen_at + TOLERATED_LEAD:
        return first_seen_at, "future"
    if claimed < EARLIEST:
        return first_seen_at, "implausible"
    return min(claimed, first_seen_at), quality
