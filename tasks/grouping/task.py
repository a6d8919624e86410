"""Grouping as a Prefect task."""

from tasks.as_task import as_task
from tasks.counting import counted
from tasks.grouping import batch

prints = as_task(
    batch.prints, name="prints", title=lambda words, _: f"take the prints of {counted(len(words), 'article')}"
)
group = as_task(
    batch.group, name="group", title=lambda reports, *_: f"group {counted(len(reports), 'relevant article')}"
)
