"""What a run's page in the Prefect UI tells: its title, and its artifacts in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from flows.alerts import Checked
from flows.passes import Pass
from tasks.counting import counted
from tasks.reporting import markdown
from warehouse import database, rows, status
from warehouse.settings import Settings

Artifact = tuple[str, str, str]
"""Key, description and Markdown."""


def title(run: rows.Run) -> str:
    """Name of a finished run: its time and what it brought."""
    when = f"{run.started_at:%Y-%m-%d %H:%M}"
    if not run.due_count:
        return f"{when} · nothing due"
    return f"{when} · {counted(run.due_count, 'feed')}, {run.entries_new_count} new, {run.relevant_new_count} relevant"


def artifacts(settings: Settings, done: Pass) -> Iterator[Artifact]:
    """The artifacts of a pass that had something to do."""
    if not done.run.due_count:
        return
    with database.reading(settings.published_path) as connection:
        details = status.run_details(connection, done.run)
    slowest = [_fetch(done.run, row) for row in details["slowest"]]
    failed = [_fetch(done.run, row) for row in details["failed"]]
    yield (
        "monitor-summary",
        "What the run did, and how politely",
        markdown.run_summary(
            done.run,
            politeness=_politeness(done),
            slowest=slowest,
            failing=failed[:5],
            tension=details["tension"],
            days=details["days"],
        ),
    )
    state = status.read(settings)
    yield "freshness", "How fresh the warehouse is, and what it holds", markdown.freshness(state)
    yield "feed-health", "Feeds by their state, and those that fail longest", markdown.feed_health(state)
    if failed:
        yield "failing-feeds", "Feeds that failed in the run", markdown.failures_table(failed)
    stories = details["stories"]
    if stories:
        yield "new-relevant-stories", "Relevant stories that the run brought", markdown.stories_table(stories)


def alerts(told: Checked) -> Artifact:
    """The alerts that a run raised, and what went wrong with messages."""
    return "alerts", "Alerts that the run raised", markdown.alerts_table(told.raised, told.failures)


def _fetch(run: rows.Run, row: dict[str, object]) -> rows.Fetch:
    known = {"run_id": run.run_id, "started_at": run.started_at, "outcome": "failed"}
    return rows.Fetch(**(known | row))  # type: ignore[arg-type]


def _politeness(done: Pass) -> dict[str, str]:
    found = done.politeness
    if found is None:
        return {}
    gap = found.smallest_gap_seconds
    return {
        "Requests": f"{found.request_count} to {found.host_count} hosts",
        "Answered 304": f"{found.not_modified_share:.0%}",
        "Received": f"{found.received_bytes:,} bytes",
        "Saved by 304": f"{found.saved_bytes:,} bytes",
        "Saved by compression": f"{found.compression_saved_bytes:,} bytes",
        "Smallest gap on one host": f"{gap:.2f} s ({found.closest_host})" if gap else "no host twice",
    }
