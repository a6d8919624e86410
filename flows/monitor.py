"""The flow `monitor`: a pass over the feeds that are due, its steps as tasks, and artifacts that tell what happened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from prefect import State, flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.runtime import deployment, flow_run
from prefect.states import Completed, Failed
from pydantic import Field

from flows import passes, summary
from flows.passes import Pass
from flows.way import Steps
from tasks.dedup import task as dedup
from tasks.fetching import task as fetching
from tasks.grouping import task as grouping
from tasks.loading import task as loading
from tasks.parsing import task as parsing
from tasks.tagging import task as tagging
from warehouse import settings
from warehouse.errors import UsvenError, WarehouseBusy
from warehouse.settings import Settings

TASKS = Steps(
    fetch=fetching.fetch,
    parse=parsing.parse,
    look_up=loading.look_up,
    dedupe=dedup.dedupe,
    tag=tagging.tag,
    find_neighbours=loading.find_neighbours,
    prints=grouping.prints,
    group=grouping.group,
    load=loading.load,
    publish=loading.publish,
)


class AllFeedsFailed(Exception):
    """There were feeds to poll, and each of them failed; `done` is the pass."""

    def __init__(self, done: Pass) -> None:
        super().__init__(done)
        self.done = done

    def __str__(self) -> str:
        return self.done.run.message


@flow(
    name="monitor",
    description="Polls the feeds that are due, works out what is new and relevant, and loads it into the warehouse.",
    flow_run_name=lambda: f"monitor {passes.utc_now():%Y-%m-%d %H:%M}",
    persist_result=False,
)
def monitor(
    feeds: Annotated[
        Path | None, Field(description="Catalogue to poll instead: a CSV, an OPML file or a list of addresses")
    ] = None,
    everything: Annotated[bool, Field(description="Poll feeds that are not due yet, too")] = False,
) -> State[Pass]:
    """One pass; its final state says in words what it brought."""
    current = settings.load()
    try:
        done = passes.monitor(
            current,
            feeds_file=feeds,
            everything=everything,
            steps=TASKS,
            prefect_flow_run_id=str(flow_run.id),
            patience_seconds=passes.PATIENCE_SECONDS if deployment.id else 0.0,
        )
    except WarehouseBusy as busy:
        get_run_logger().warning("Skipped: %s", busy)
        return Completed(name="Skipped", message=str(busy))
    except UsvenError as error:
        return Failed(message=str(error), data=error)
    _leave_traces(current, done)
    if passes.all_failed(done.run):
        return Failed(message=done.run.message, data=AllFeedsFailed(done))
    return Completed(message=done.run.message, data=done)


def _leave_traces(current: Settings, done: Pass) -> None:
    """Name the run after what it brought, and leave its summary in the run's page."""
    for key, description, markdown in summary.artifacts(current, done):
        create_markdown_artifact(markdown, key=key, description=description)
    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run.id, name=summary.title(done.run))
