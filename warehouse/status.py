"""The state of the warehouse and of its newest runs, read from the published copy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from warehouse import database, lake, migrate
from warehouse.database import Connection
from warehouse.location import Lake, Warehouse
from warehouse.settings import Settings

_RUNS = """
    SELECT run_id, flow, strftime(started_at, '%Y-%m-%dT%H:%M:%SZ') AS started_at, status, message
    FROM raw.runs ORDER BY run_id DESC LIMIT 5
"""
_FEEDS = """
    SELECT CASE WHEN status = 'ok' AND last_success_at IS NULL THEN 'not polled yet' ELSE status END, count(*)
    FROM raw.feeds WHERE origin IN ('catalogue', 'file') GROUP BY 1 ORDER BY 1
"""
_FAILING = """
    SELECT feed_id, status, status_reason AS reason, consecutive_failures AS failures FROM raw.feeds
    WHERE origin NOT IN ('import', 'removed')
    AND status IN ('failing', 'gone') ORDER BY consecutive_failures DESC, feed_id LIMIT 10
"""
_COUNTS = """
    SELECT (SELECT count(*) FROM raw.entries) AS entries, (SELECT count(*) FROM core.articles) AS articles,
           (SELECT count(*) FROM core.articles WHERE is_relevant) AS relevant_articles,
           (SELECT count(*) FROM core.stories WHERE is_relevant) AS relevant_stories
"""
_ALERTS = """
    SELECT count(*) FILTER (raised_at > (SELECT max(started_at) FROM raw.runs) - INTERVAL 1 DAY) AS raised_in_a_day,
           count(*) FILTER (status IN ('pending', 'sending')) AS waiting,
           count(*) FILTER (status = 'uncertain') AS uncertain, count(*) FILTER (status = 'failed') AS failed
    FROM core.alerts
"""
_FRESH = "SELECT max(last_success_at), max(last_new_entry_at) FROM raw.feeds"
_SLOWEST = """
    SELECT feed_id, seconds, outcome, bytes_received FROM raw.fetches
    WHERE run_id = ? ORDER BY seconds DESC, feed_id LIMIT 5
"""
_FAILED = """
    SELECT feed_id, error_kind, http_status, error_message, seconds FROM raw.fetches
    WHERE run_id = ? AND outcome = 'failed' ORDER BY feed_id LIMIT 100
"""
_NEW_STORIES = """
    SELECT DISTINCT s.* FROM mart.stories s JOIN core.articles a USING (story_id)
    JOIN raw.entries e ON e.article_id = a.article_id AND a.is_relevant
    JOIN raw.entry_revisions r ON r.entry_id = e.entry_id AND r.revision_number = 1
    JOIN raw.fetches f ON f.body_sha256 = r.body_sha256 AND f.feed_id = e.feed_id
    WHERE f.run_id = ? ORDER BY s.independent_count DESC, s.relevance_level DESC, s.last_reported_at DESC LIMIT 50
"""

_TENSION = """
    WITH clock AS (SELECT max(started_at)::DATE AS today FROM raw.runs)
    SELECT source_side || ' → ' || target_side AS direction,
           coalesce(sum(tension) FILTER (event_date = today), 0) AS today,
           coalesce(sum(tension) FILTER (event_date < today), 0) / 7 AS before
    FROM mart.daily_tension, clock
    WHERE event_date BETWEEN today - 7 AND today AND [source_side, target_side] IN (['US', 'VE'], ['VE', 'US'])
    GROUP BY ALL ORDER BY direction
"""
_DAYS = """
    WITH clock AS (SELECT max(started_at)::DATE AS today FROM raw.runs),
    days AS (SELECT unnest(generate_series(today - INTERVAL 13 DAY, today, INTERVAL 1 DAY))::DATE AS day FROM clock),
    stories AS (
        SELECT reported_at::DATE AS day, count(DISTINCT story_id) AS story_count
        FROM core.articles, clock WHERE is_relevant AND reported_at >= today - 13 GROUP BY ALL
    ),
    answers AS (
        SELECT started_at::DATE AS day, count(*) AS answer_count
        FROM raw.fetches, clock WHERE outcome <> 'failed' AND started_at >= today - 13 GROUP BY ALL
    )
    SELECT day, coalesce(story_count, 0) AS story_count, coalesce(answer_count, 0) AS answer_count
    FROM days LEFT JOIN stories USING (day) LEFT JOIN answers USING (day) ORDER BY day DESC
"""


def read(settings: Settings) -> dict[str, Any]:
    """Everything that `status` shows, as plain values.

    Raises:
        WarehouseError: there is no published warehouse, or it is one of an older program.
    """
    path = settings.published_path
    with database.reading(path) as connection:
        migrate.demand_current(connection)
        fresh = connection.execute(_FRESH).fetchone() or (None, None)
        return {
            "warehouse": {
                "path": str(settings.warehouse_path),
                "readers_open": str(path),
                "bytes": _bytes(connection, path),
                "schema": migrate.schema_number(connection),
            },
            "counts": _rows(connection, _COUNTS)[0],
            "feeds": dict(connection.execute(_FEEDS).fetchall()),
            "failing": _rows(connection, _FAILING),
            "freshness": {
                "last_success_at": _stamp(fresh[0]),
                "last_new_entry_at": _stamp(fresh[1]),
                "seconds_since_success": _age(fresh[0]),
            },
            "alerts": _rows(connection, _ALERTS)[0],
            "runs": _rows(connection, _RUNS),
        }


def run_details(settings: Settings, run_id: str) -> dict[str, list[dict[str, Any]]]:
    """The slowest and the failed fetches of a run, the relevant stories it brought, tension today, and the last days.

    Raises:
        WarehouseError: there is no published warehouse.
    """
    with database.reading(settings.published_path) as connection:
        return {
            "slowest": _rows(connection, _SLOWEST, [run_id]),
            "failed": _rows(connection, _FAILED, [run_id]),
            "stories": _rows(connection, _NEW_STORIES, [run_id]),
            "tension": _rows(connection, _TENSION),
            "days": _rows(connection, _DAYS),
        }


def _bytes(connection: Connection, published: Warehouse) -> int:
    return lake.size(connection) if isinstance(published, Lake) else published.stat().st_size


def _rows(connection: Connection, query: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
    found = connection.execute(query, parameters)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _stamp(value: datetime | None) -> str | None:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if value else None


def _age(value: datetime | None) -> float | None:
    return round((datetime.now(UTC) - value.replace(tzinfo=UTC)).total_seconds(), 1) if value else None
