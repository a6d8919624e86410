"""The flow `fulltext`: a pass over the relevant articles whose pages have not been asked for yet."""

from __future__ import annotations

from collections import Counter

from prefect import State, flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows import passes
from flows.passes import PagePass
from flows.patience import patience_seconds
from flows.way import Steps
from tasks.as_task import as_task
from tasks.counting import counted
from tasks.fetching import fetcher
from tasks.loading import task as loading
from tasks.parsing import task as parsing
from tasks.tagging import task as tagging
from warehouse import settings
from warehouse.errors import UsvenError, WarehouseBusy
from warehouse.rows import Run

TASKS = Steps(
    fetch=as_task(
        fetcher.fetch_all,
        name="fetch",
        title=lambda polls, **_: f"ask for {counted(len(polls), 'address', 'addresses')}",
    ),
    tag=tagging.tag,
    load=loading.load,
    publish=loading.publish,
    read_pages=parsing.read_pages,
)


@flow(
    name="fulltext",
    description="Asks for the pages of relevant articles, as robots.txt allows, and loads their full text.",
    flow_run_name=lambda: f"fulltext {passes.utc_now():%Y-%m-%d %H:%M}",
    persist_result=False,
)
def fulltext() -> State[Run]:
    """One pass; its final state says in words what it brought."""
    try:
        done = passes.fulltext(
            settings.load(),
            steps=TASKS,
            prefect_flow_run_id=str(flow_run.id),
            patience_seconds=patience_seconds(),
        )
    except WarehouseBusy as busy:
        get_run_logger().warning("Skipped: %s", busy)
        return Completed(name="Skipped", message=str(busy))
    except UsvenError as error:
        return Failed(message=str(error), data=error)
    _leave_traces(done)
    return Completed(message=done.run.message, data=done.run)


def _leave_traces(done: PagePass) -> None:
    """Name the run after what it brought, and leave its outcomes in the run's page."""
    if done.pages:
        create_markdown_artifact(outcomes(done), key="fulltext-outcomes", description="What became of the pages")
    with get_client(sync_client=True) as client:
        brought = f"{done.run.due_count} pages, {done.run.fetched_count} with text"
        client.update_flow_run(flow_run.id, name=f"{done.run.started_at:%Y-%m-%d %H:%M} · {brought}")


def outcomes(done: PagePass) -> str:
    """How many pages ended how, as a table."""
    counts = Counter((page.outcome, page.kind) for page in done.pages)
    lines = [f"| {outcome} | {kind} | {count} |" for (outcome, kind), count in sorted(counts.items())]
    return "\n".join([done.run.message + ".", "", "| outcome | kind | pages |", "| --- | --- | --- |", *lines])
