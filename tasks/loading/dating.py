"""Judges when an article was reported: publishers' dates are believed where they can be true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# Clocks of publishers run ahead by minutes, and some stamp local time as UTC: up to a day is their error, not news
# from the future, but the time we saw it is then the better one.
TOLERATED_LEAD = timedelta(minutes=15)
# No feed existed before RSS; an earlier date is a default value such as 1970-01-01.
FIRST_FEEDS = datetime(1999, 3, 1, tzinfo=UTC)


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
    if claimed < FIRST_FEEDS:
        return first_seen_at, "implausible"
    return min(claimed, first_seen_at), quality
