"""What labelling a whole warehouse anew asks of it: every article as it is stored, with the labels it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from warehouse.database import Connection
from warehouse.model import Draft
from warehouse.pages import DRAFT_COLUMNS, DRAFT_SOURCE
from warehouse.rows import ArticleActor, ArticleEvent, ArticleTopic
from warehouse.times import aware, naive

PORTION = 4_000
"""Articles read, labelled and written together."""

_EACH_TIME = {"article_id", "rules_version"}


def columns(row: type) -> tuple[str, ...]:
    """What a label's row says: its columns, but for whose it is and by which rules."""
    return tuple(f.name for f in fields(row) if f.name not in _EACH_TIME)


def _labels(table: str, row: type) -> str:
    """The labels of each article that has any, as a list of structs."""
    struct = ", ".join(f'"{name}": "{name}"' for name in columns(row))
    return f"(SELECT article_id, list({{{struct}}}) AS labels FROM {table} GROUP BY article_id)"  # noqa: S608


_STORED = f"""
    SELECT a.language, a.relevance_level, a.relevance_score, a.relevance_evidence,
           coalesce(topics.labels, []), coalesce(actors.labels, []), coalesce(events.labels, []), a.rules_version,
           {DRAFT_COLUMNS}
    FROM {DRAFT_SOURCE}
    LEFT JOIN {_labels("core.article_topics", ArticleTopic)} topics ON topics.article_id = a.article_id
    LEFT JOIN {_labels("core.article_actors", ArticleActor)} actors ON actors.article_id = a.article_id
    LEFT JOIN {_labels("core.events", ArticleEvent)} events ON events.article_id = a.article_id
    WHERE a.reported_at >= coalesce($since, '-infinity'::TIMESTAMP)
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Stored:
    """An article, its language and its labels; topics, actors and events as the `columns` of their rows."""

    language: str | None
    level: int
    score: float
    evidence: list[dict[str, Any]]
    topics: list[dict[str, Any]]
    actors: list[dict[str, Any]]
    events: list[dict[str, Any]]
    rules_version: str
    draft: Draft


def count(connection: Connection, since: datetime | None) -> int:
    """Articles reported since a time; all of them, if None."""
    query = "SELECT count(*) FROM core.articles WHERE reported_at >= coalesce($since, '-infinity'::TIMESTAMP)"
    found = connection.execute(query, {"since": since and naive(since)}).fetchone()
    return int(found[0]) if found else 0


def stored(connection: Connection, since: datetime | None) -> Iterator[list[Stored]]:
    """The articles reported since a time, or all of them, in portions, as one reading pass brings them."""
    found = connection.execute(_STORED, {"since": since and naive(since)})
    while rows := found.fetchmany(PORTION):
        yield [_stored(row) for row in rows]


def _stored(row: tuple[Any, ...]) -> Stored:
    language, level, score, evidence, topics, actors, events, rules_version = row[:8]
    draft = Draft(*map(aware, row[8:]))
    return Stored(language, level, score, evidence, topics, actors, events, rules_version, draft)
