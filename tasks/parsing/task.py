"""Parsing as a Prefect task."""

from tasks.as_task import as_task
from tasks.parsing import batch, pages

parse = as_task(batch.parse, name="parse", title=lambda records, *_, **__: f"parse {len(records)} documents")
read_pages = as_task(pages.read_pages, name="read", title=lambda records, *_: f"read {len(records)} pages")
