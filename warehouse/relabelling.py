"""What labelling a whole warehouse anew asks of it: every article as it is stored, with the labels it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from warehouse.database import Connection
from warehouse.model import Draft
from warehouse.pages import DRAFT_COLUMNS, DRAFT_SOURCE

PORTION = 4_000
"""Articles read, labelled and written together."""

_STORED = f"""
    WITH topics AS (
        SELECT article_id, list({{topic: topic, evidence: evidence}} ORDER BY topic) AS labels
        FROM core.article_topics GROUP BY article_id
    ), actors AS (
        SELECT article_id,
               list({{actor_id: actor_id, "role": "role", matched_text: matched_text, field: field,
                     start_offset: start_offset}} ORDER BY field, start_offset, actor_id) AS labels
        FROM core.article_actors GROUP BY article_id
    )
    SELECT a.reported_at, a.language, a.relevance_level, a.relevance_score, a.relevance_evidence,
           coalesce(topics.labels, []), coalesce(actors.labels, []), a.rules_version, {DRAFT_COLUMNS}
    FROM {DRAFT_SOURCE}
    LEFT JOIN topics ON topics.article_id = a.article_id
    LEFT JOIN actors ON actors.article_id = a.article_id
    WHERE a.reported_at >= coalesce($since, '-infinity'::TIMESTAMP)
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Stored:
    """An article, its language and its labels, evidence and mentions as rows. `topics` are sorted by topic, `actors`
    by field, place and actor."""

    reported_at: datetime
    language: str | None
    level: int
    score: float
    evidence: list[dict[str, Any]]
    topics: list[dict[str, Any]]
    actors: list[dict[str, Any]]
    rules_version: str
    draft: Draft


def count(connection: Connection, since: datetime | None) -> int:
    """Articles reported since a time; all of them, if None."""
    query = "SELECT count(*) FROM core.articles WHERE reported_at >= coalesce($since, '-infinity'::TIMESTAMP)"
    found = connection.execute(query, {"since": _naive(since)}).fetchone()
    return int(found[0]) if found else 0


def stored(connection: Connection, since: datetime | None) -> Iterator[list[Stored]]:
    """The articles reported since a time, or all of them, in portions, as one reading pass brings them."""
    found = connection.execute(_STORED, {"since": _naive(since)})
    while rows := found.fetchmany(PORTION):
        yield [_stored(row) for row in rows]


def _stored(row: tuple[Any, ...]) -> Stored:
    reported_at, language, level, score, evidence, topics, actors, rules_version = row[:8]
    draft = Draft(*row[8:20], *map(_aware, row[20:24]), *row[24:26])
    return Stored(_aware(reported_at), language, level, score, evidence, topics, actors, rules_version, draft)


def _naive(value: datetime | None) -> datetime | None:
    return value.astimezone(UTC).replace(tzinfo=None) if value else None


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if value is not None else None
