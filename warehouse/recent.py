"""Stories by their latest articles, found without going through what was reported before they began.

A time that a statement is given as a value lets DuckDB skip the rows of other days, so that what a run asks costs the
same however much is stored; one that a statement works out by itself does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from warehouse.database import Connection
from warehouse.times import naive


@dataclass(frozen=True, slots=True)
class Stories:
    """Ids of stories, and when the first of them began: none of their articles was reported before."""

    ids: tuple[str, ...]
    began_at: datetime


NO_STORIES = Stories((), datetime.max.replace(tzinfo=UTC))


def stories_of(connection: Connection, condition: str, given: Mapping[str, Any]) -> Stories:
    """The stories that articles of a condition are in; it names a time, and is of our own words."""
    [(ids, earliest)] = connection.execute(
        f"SELECT list(DISTINCT story_id ORDER BY story_id), min(reported_at) FROM core.articles WHERE {condition}",  # noqa: S608
        given,
    ).fetchall()
    if not ids:
        return NO_STORIES
    [(began_at,)] = connection.execute(
        "SELECT min(first_reported_at) FROM core.stories "
        "WHERE last_reported_at >= $earliest AND story_id IN (SELECT unnest($ids))",
        {"ids": ids, "earliest": earliest},
    ).fetchall()
    return Stories(tuple(ids), began_at.replace(tzinfo=UTC))


def as_given(stories: Stories) -> dict[str, Any]:
    """The stories as `$story_ids` and `$began` of a statement."""
    return {"story_ids": list(stories.ids), "began": naive(stories.began_at)}
