"""What alert rules are judged by, and the record of alerts: each question and each write with its SQL beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from warehouse import recent
from warehouse.database import Connection, transaction
from warehouse.model import Act, Change, Known, Pulse, Silence, Story
from warehouse.rows import Alert
from warehouse.times import aware, naive

# --- what rules are judged by ------------------------------------------------------------------

_FRESH = "first_seen_at > $since AND reported_at > $reported_since AND (is_relevant OR $everything)"
_STORIES = f"""
    WITH parts AS (
        SELECT a.*, coalesce(o.name, a.outlet_id) AS outlet
        FROM core.articles a LEFT JOIN core.outlets o USING (outlet_id)
        WHERE a.story_id IN (SELECT unnest($story_ids)) AND a.reported_at >= $began
    ),
    fresh AS (SELECT * FROM core.articles WHERE {_FRESH}),
    topics AS (
        SELECT story_id, list(DISTINCT topic) AS topics
        FROM core.article_topics JOIN parts USING (article_id) GROUP BY ALL
    ),
    actors AS (
        SELECT story_id, list(DISTINCT actor_id) AS actors
        FROM core.article_actors JOIN parts USING (article_id) GROUP BY ALL
    ),
    acts AS (
        SELECT story_id, list(DISTINCT [event_type, source_side, target_side]) AS acts
        FROM core.events JOIN fresh USING (article_id) WHERE is_counted GROUP BY ALL
    ),
    texts AS (
        SELECT story_id, list(title || chr(10) || summary_text ORDER BY article_id) AS texts FROM fresh GROUP BY ALL
    ),
    stories AS (
        SELECT story_id, arg_min(title, (reported_at, article_id)) AS headline,
               arg_min(canonical_url, (copy_of_article_id IS NOT NULL, reported_at, article_id)) AS url,
               list(DISTINCT outlet ORDER BY outlet) AS outlets,
               count(DISTINCT coalesce(agency, outlet_id)) FILTER (copy_of_article_id IS NULL) AS independent_count,
               max(relevance_level) AS level
        FROM parts GROUP BY ALL
    )
    SELECT s.*, coalesce(topics, []), coalesce(actors, []), coalesce(acts, []), texts
    FROM stories s JOIN texts USING (story_id) LEFT JOIN topics USING (story_id)
    LEFT JOIN actors USING (story_id) LEFT JOIN acts USING (story_id)
    ORDER BY story_id
"""  # noqa: S608 - our own words
_CHANGES = """
    SELECT h.story_id, a.outlet_id, h.outlet, h.old_title, h.new_title, h.url, h.changed_at
    FROM mart.headline_changes h JOIN core.articles a USING (article_id)
    WHERE h.changed_at > $since AND h.is_relevant ORDER BY h.changed_at, h.entry_id, h.revision_number
"""
_SILENCES = """
    SELECT f.feed_id, coalesce(o.name, f.outlet_id), f.status, coalesce(f.status_reason, ''),
           coalesce(CASE f.status WHEN 'quiet' THEN f.last_new_entry_at ELSE f.last_success_at END,
                    (SELECT min(started_at) FROM raw.fetches t WHERE t.feed_id = f.feed_id)) AS since
    FROM raw.feeds f LEFT JOIN core.outlets o USING (outlet_id)
    WHERE f.is_enabled AND f.origin IN ('catalogue', 'file') AND f.status IN ('failing', 'gone', 'quiet')
    AND since IS NOT NULL ORDER BY f.feed_id
"""
_PULSE = """
    WITH reports AS (
        SELECT floor(date_diff('second', reported_at, $now) / 86400)::INTEGER AS day, outlet_id
        FROM core.articles a
        WHERE is_relevant AND copy_of_article_id IS NULL AND reported_at <= $now AND reported_at > $since
        AND ($topic IS NULL OR article_id IN (SELECT article_id FROM core.article_topics WHERE topic = $topic))
        AND ($actor IS NULL OR article_id IN (SELECT article_id FROM core.article_actors WHERE actor_id = $actor))
    ),
    polled AS (
        SELECT DISTINCT floor(date_diff('second', started_at, $now) / 86400)::INTEGER AS day
        FROM raw.fetches WHERE outcome <> 'failed' AND started_at <= $now AND started_at > $since
    )
    SELECT day, count(outlet_id), count(DISTINCT outlet_id) FROM polled LEFT JOIN reports USING (day)
    GROUP BY day ORDER BY day
"""


def stories(
    connection: Connection, *, since: datetime, reported_since: datetime, everything: bool
) -> tuple[Story, ...]:
    """Stories with a report first seen after `since` and dated after `reported_since`; relevant ones unless told."""
    given = {"since": naive(since), "reported_since": naive(reported_since), "everything": everything}
    about = recent.stories_of(connection, _FRESH, given)
    found = connection.execute(_STORIES, given | recent.as_given(about)).fetchall()
    return tuple(
        Story(
            *(story_id, headline, url),
            outlets=tuple(outlets),
            independent_count=independent_count,
            level=level,
            topics=frozenset(topics),
            actors=frozenset(actors),
            acts=frozenset(Act(*act) for act in acts),
            texts=tuple(texts),
        )
        for story_id, headline, url, outlets, independent_count, level, topics, actors, acts, texts in found
    )


def changes(connection: Connection, *, since: datetime) -> tuple[Change, ...]:
    """Headlines of relevant articles that were changed after a time, the earliest first."""
    return tuple(Change(*map(aware, row)) for row in connection.execute(_CHANGES, {"since": naive(since)}).fetchall())


def silences(connection: Connection) -> tuple[Silence, ...]:
    """The enabled feeds that bring nothing at present."""
    return tuple(Silence(*map(aware, row)) for row in connection.execute(_SILENCES).fetchall())


def pulse(connection: Connection, *, now: datetime, days: int, topic: str | None, actor: str | None) -> Pulse:
    """How much was reported in the last day, on a topic or naming an actor if given, and in each of `days` before."""
    given = {"now": naive(now), "since": naive(now - timedelta(days=days + 1)), "topic": topic, "actor": actor}
    by_day = {day: (reports, outlets) for day, reports, outlets in connection.execute(_PULSE, given).fetchall()}
    reports, outlets = by_day.pop(0, (0, 0))
    return Pulse(reports, outlets, tuple(count for count, _ in by_day.values()))


def known(connection: Connection) -> Known:
    """Names that rules may use: those of the reference data, and all outlets and feeds that were ever seen."""
    columns = ("core.topics.topic", "core.actors.actor_id", "core.event_types.event_type", "core.outlets.outlet_id")
    return Known(*(_names(connection, *column.rsplit(".", 1)) for column in (*columns, "raw.feeds.feed_id")))


def _names(connection: Connection, table: str, column: str) -> frozenset[str]:
    found = connection.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall()  # noqa: S608 - names of ours
    return frozenset(name for (name,) in found)


# --- the record --------------------------------------------------------------------------------

_COLUMNS = tuple(f.name for f in fields(Alert))


def told(connection: Connection) -> frozenset[tuple[str, str]]:
    """Rule and subject of every alert so far; a story that was merged since counts as the one it is in now."""
    found = connection.execute("""
        SELECT rule, subject FROM core.alerts
        UNION SELECT rule, merged_into_story_id FROM core.alerts JOIN core.stories USING (story_id)
        WHERE merged_into_story_id IS NOT NULL
    """).fetchall()
    return frozenset(found)


def last_raised(connection: Connection) -> dict[str, datetime]:
    """When each rule last raised an alert."""
    found = connection.execute("SELECT rule, max(raised_at) FROM core.alerts GROUP BY rule").fetchall()
    return {rule: raised_at.replace(tzinfo=UTC) for rule, raised_at in found}


def record(connection: Connection, raised: Iterable[Alert]) -> tuple[Alert, ...]:
    """Store alerts, those that are known left out; the new ones."""
    with transaction(connection):
        ids = [alert_id for (alert_id,) in connection.execute("SELECT alert_id FROM core.alerts").fetchall()]
        new = tuple({alert.alert_id: alert for alert in raised if alert.alert_id not in set(ids)}.values())
        for alert in new:
            connection.execute(
                f"INSERT INTO core.alerts ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})",  # noqa: S608
                [naive(value) if isinstance(value, datetime) else value for value in astuple(alert)],
            )
    return new


def waiting(connection: Connection) -> tuple[Alert, ...]:
    """Alerts that are to be sent, or were being sent when the program ended, the oldest first."""
    return _alerts(connection, "WHERE status IN ('pending', 'sending') ORDER BY raised_at, alert_id")


def newest(connection: Connection, *, limit: int) -> tuple[Alert, ...]:
    """The latest alerts, the newest first."""
    return _alerts(connection, "ORDER BY raised_at DESC, alert_id LIMIT $limit", {"limit": limit})


def last_delivered(connection: Connection) -> dict[tuple[str, str], datetime]:
    """When a channel last took an alert of a rule."""
    found = connection.execute(
        "SELECT rule, channel, max(delivered_at) FROM core.alerts WHERE delivered_at IS NOT NULL GROUP BY ALL"
    ).fetchall()
    return {(rule, channel): at.replace(tzinfo=UTC) for rule, channel, at in found}


def update(connection: Connection, alert_ids: Sequence[str], **values: Any) -> None:
    """Set columns of alerts, named by keyword, in one transaction."""
    assignments = ", ".join(f"{name} = ${name}" for name in values)
    given = {name: naive(value) if isinstance(value, datetime) else value for name, value in values.items()}
    connection.execute(
        f"UPDATE core.alerts SET {assignments} WHERE list_contains($ids, alert_id)",  # noqa: S608 - names of ours
        {**given, "ids": list(alert_ids)},
    )


def _alerts(connection: Connection, rest: str, given: dict[str, Any] | None = None) -> tuple[Alert, ...]:
    found = connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM core.alerts {rest}", given)  # noqa: S608 - our words
    return tuple(Alert(*map(aware, row)) for row in found.fetchall())
