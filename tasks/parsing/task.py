"""Parsing as a Prefect task."""

from tasks.as_task import as_task
from tasks.counting import counted
from tasks.parsing import batch, pages

# How many come is not known when it begins.
parse = as_task(batch.parse, name="parse", title=lambda *_, **__: "parse documents")
read_pages = as_task(pages.read_pages, name="read", title=lambda records, *_: f"read {counted(len(records), 'page')}")
