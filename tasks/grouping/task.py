"""Grouping as a Prefect task."""

from tasks.as_task import as_task
from tasks.counting import counted
from tasks.grouping import batch

group = as_task(
    batch.group, name="group", title=lambda reports, *_: f"group {counted(len(reports), 'relevant article')}"
)
