"""Loading and publishing as Prefect tasks."""

from tasks.as_task import as_task
from tasks.counting import counted
from tasks.loading import loader

load = as_task(
    loader.load,
    name="load",
    title=lambda _, batch: (
        f"load {counted(len(batch.pages), 'page')}"
        if batch.pages
        else f"load {counted(len(batch.entries), 'new entry', 'new entries')}, "
        f"{counted(len(batch.fetches), 'fetch', 'fetches')}"
    ),
)
publish = as_task(loader.publish_copy, name="publish", title=lambda _: "publish a copy for readers")
