"""Loading and publishing as Prefect tasks."""

from tasks.as_task import as_task
from tasks.counting import counted
from tasks.loading import loader

look_up = as_task(
    loader.look_up,
    name="look-up",
    title=lambda _, entry_ids, __: f"look up {counted(len(entry_ids), 'possible entry', 'possible entries')}",
)
find_articles = as_task(
    loader.find_articles,
    name="find-articles",
    title=lambda _, article_ids: f"look up {counted(len(article_ids), 'possible article')}",
)
find_neighbours = as_task(
    loader.find_neighbours, name="find-neighbours", title=lambda _, prints, **__: f"find neighbours of {len(prints)}"
)
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
