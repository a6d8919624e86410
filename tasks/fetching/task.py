"""Fetching as a Prefect task."""

from tasks.as_task import as_task
from tasks.counting import counted
from tasks.fetching import fetcher

fetch = as_task(fetcher.fetch_all, name="fetch", title=lambda polls, **_: f"fetch {counted(len(polls), 'feed')}")
