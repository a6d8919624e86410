"""The state of the warehouse and of its newest runs, read from the published copy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from warehouse import database, lake, migrate, recent
from warehouse.database import Connection
from warehouse.location import Lake, Warehouse
from warehouse.rows import Run
from warehouse.settings import Settings
from warehouse.times import naive

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
    WHERE run_id = $run_id AND started_at >= $started_at ORDER BY seconds DESC, feed_id LIMIT 5
"""
_FAILED = """
    SELECT feed_id, error_kind, http_status, error_message, seconds FROM raw.fetches
    WHERE run_id = $run_id AND started_at >= $started_at AND outcome = 'failed' ORDER BY feed_id LIMIT 100
"""
# Other machines' runs may go on meanwhile, so that the time alone does not tell whose an article is.
_NEW = """
    is_relevant AND first_seen_at >= $started_at AND article_id IN (
        SELECT e.article_id FROM raw.entries e
        JOIN raw.fetches f ON f.feed_id = e.feed_id AND f.started_at = e.first_seen_at
        WHERE e.first_seen_at >= $started_at AND f.started_at >= $started_at AND f.run_id = $run_id
    )
"""
_NEW_STORIES = """
    WITH articles AS (
        SELECT * FROM core.articles
        WHERE is_relevant AND story_id IN (SELECT unnest($story_ids)) AND reported_at >= $began
    ),
    leads AS (
        SELECT story_id, max(relevance_level) AS relevance_level,
               arg_min({url: canonical_url, outlet_id: outlet_id},
                       (copy_of_article_id IS NOT NULL, reported_at, article_id)) AS lead
        FROM articles GROUP BY story_id
    ),
    topics AS (
        SELECT story_id, list_sort(list(DISTINCT topic)) AS topics
        FROM core.article_topics JOIN articles USING (article_id) GROUP BY story_id
    )
    SELECT s.headline, s.last_reported_at, s.outlet_count, coalesce(o.name, lead.outlet_id) AS first_outlet, lead.url,
           topics
    FROM core.stories s JOIN leads USING (story_id) JOIN topics USING (story_id)
    LEFT JOIN core.outlets o ON o.outlet_id = lead.outlet_id
    WHERE s.last_reported_at >= $began
    ORDER BY s.independent_count DESC, relevance_level DESC, s.last_reported_at DESC, s.story_id LIMIT 50
"""
_TENSION = """
    SELECT source_side || ' → ' || target_side AS direction,
           coalesce(sum(tension) FILTER (event_date = $today), 0) AS today,
           coalesce(sum(tension) FILTER (event_date < $today), 0) / 7 AS before
    FROM mart.daily_tension_as_of(TIMESTAMP 'infinity', since := $today - 7)
    WHERE event_date <= $today AND [source_side, target_side] IN (['US', 'VE'], ['VE', 'US'])
    GROUP BY ALL ORDER BY direction
"""
_DAYS = """
    WITH days AS (SELECT unnest(generate_series($today - 13, $today, INTERVAL 1 DAY))::DATE AS day),
    stories AS (
        SELECT reported_at::DATE AS day, count(DISTINCT story_id) AS story_count
        FROM core.articles WHERE is_relevant AND reported_at >= $today - 13 GROUP BY ALL
    ),
    answers AS (
        SELECT started_at::DATE AS day, count(*) AS answer_count
        FROM raw.fetches WHERE outcome <> 'failed' AND started_at >= $today - 13 GROUP BY ALL
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


def run_details(connection: Connection, run: Run) -> dict[str, list[dict[str, Any]]]:
    """The slowest and the failed fetches of a run, relevant stories it brought, tension today, and the last days."""
    started_at = naive(run.started_at)
    fetches = {"run_id": run.run_id, "started_at": started_at}
    today = {"today": started_at.date()}
    brought = recent.stories_of(connection, _NEW, fetches)
    return {
        "slowest": _rows(connection, _SLOWEST, fetches),
        "failed": _rows(connection, _FAILED, fetches),
        "stories": _rows(connection, _NEW_STORIES, recent.as_given(brought)),
        "tension": _rows(connection, _TENSION, today),
        "days": _rows(connection, _DAYS, today),
    }


def _bytes(connection: Connection, published: Warehouse) -> int:
    return lake.size(connection) if isinstance(published, Lake) else published.stat().st_size


def _rows(connection: Connection, query: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    found = connection.execute(query, parameters)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _stamp(value: datetime | None) -> str | None:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if value else None


def _age(value: datetime | None) -> float | None:
    return round((datetime.now(UTC) - value.replace(tzinfo=UTC)).total_seconds(), 1) if value else None
