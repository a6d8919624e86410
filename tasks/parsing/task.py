"""Parsing as a Prefect task."""

from tasks.as_task import as_task
from tasks.parsing import batch

parse = as_task(batch.parse, name="parse", title=lambda records, *_, **__: f"parse {len(records)} documents")
