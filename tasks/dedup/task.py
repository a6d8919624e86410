"""Deduplication as a Prefect task."""

from tasks.as_task import as_task
from tasks.counting import counted
from tasks.dedup import batch

dedupe = as_task(
    batch.dedupe, name="dedupe", title=lambda claims, **_: f"dedupe {counted(len(claims), 'entry', 'entries')}"
)
