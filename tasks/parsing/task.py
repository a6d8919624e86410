"""Parsing as a Prefect task."""

from tasks.as_task import as_task
from tasks.counting import counted
from tasks.parsing import batch, pages

parse = as_task(batch.parse, name="parse", title=lambda records, *_, **__: f"parse {counted(len(records), 'document')}")
read_pages = as_task(pages.read_pages, name="read", title=lambda records, *_: f"read {counted(len(records), 'page')}")
