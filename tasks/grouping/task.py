"""Grouping as a Prefect task."""

from tasks.as_task import as_task
from tasks.grouping import batch

prints = as_task(batch.prints, name="prints", title=lambda reports, _: f"take the prints of {len(reports)} articles")
group = as_task(batch.group, name="group", title=lambda reports, *_: f"group {len(reports)} relevant articles")
