"""The flow `monitor`: a pass over the feeds that are due, its steps as tasks, and artifacts that tell what happened."""

from __future__ import annotations

from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from prefect import State, flow, get_run_logger
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.events import emit_event
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows import alerts, passes, summary
from flows.alerts import Checked
from flows.passes import Pass
from flows.patience import patience_seconds
from flows.way import Steps
from tasks.as_task import as_task
from tasks.dedup import task as dedup
from tasks.fetching import task as fetching
from tasks.grouping import task as grouping
from tasks.loading import task as loading
from tasks.parsing import task as parsing
from tasks.tagging import task as tagging
from warehouse import settings
from warehouse.errors import UsvenError, WarehouseBusy
from warehouse.rows import Alert, Run
from warehouse.settings import Settings

WAREHOUSE = {"prefect.resource.id": "usven.warehouse", "prefect.resource.name": "warehouse"}
# What a person wants to see of a batch. What asks the warehouse between two of them is none: each run of a task takes
# some of the server's time.
TASKS = Steps(
    fetch=fetching.fetch,
    parse=parsing.parse,
    dedupe=dedup.dedupe,
    tag=tagging.tag,
    group=grouping.group,
    load=loading.load,
    publish=loading.publish,
)
ALERT = as_task(alerts.check, name="alert", title=lambda *_, **__: "raise and deliver alerts")


class AllFeedsFailed(Exception):
    """There were feeds to poll, and each of them failed."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.run = run

    def __str__(self) -> str:
        return self.run.message


@flow(
    name="monitor",
    description="Polls the feeds that are due, works out what is new and relevant, and loads it into the warehouse.",
    flow_run_name=lambda: f"monitor {passes.utc_now():%Y-%m-%d %H:%M}",
    persist_result=False,
)
def monitor(
    feeds: Path | None = None,
    everything: bool = False,
    share: str = "",
) -> State[Run]:
    """One pass; its final state says in words what it brought.

    Args:
        feeds: Poll the feeds of this file on the worker's machine instead of the catalogue's: a CSV, an OPML file or a
            list of addresses.
        everything: Poll feeds that are not due yet, too.
        share: Poll this share of the hosts alone, such as 2/3, where several machines poll.
    """
    current = settings.load()
    try:
        done = passes.monitor(
            current,
            feeds_file=feeds,
            everything=everything,
            share=share,
            steps=TASKS,
            prefect_flow_run_id=str(flow_run.id),
            patience_seconds=patience_seconds(),
        )
    except WarehouseBusy as busy:
        get_run_logger().warning("Skipped: %s", busy)
        return Completed(name="Skipped", message=str(busy))
    except UsvenError as error:
        return Failed(message=str(error), data=error)
    emit_event("usven.warehouse.loaded", WAREHOUSE, payload={"message": done.run.message})
    _leave_traces(current, done)
    try:
        told = ALERT(current, on_raised=_emit)
    except UsvenError as error:
        return Failed(message=f"{done.run.message}. But alerts: {error}", data=error)
    if told.raised or told.failures:
        with get_client(sync_client=True) as client:
            _leave(summary.alerts(told), client)
    if passes.all_failed(done.run):
        return Failed(message=done.run.message, data=AllFeedsFailed(done.run))
    return Completed(message=_message(done, told), data=done.run)


def _message(done: Pass, told: Checked) -> str:
    return f"{done.run.message}; {alerts.describe(told)}" if told.raised or told.failures else done.run.message


def _emit(raised: tuple[Alert, ...]) -> None:
    """Tell automations of the new alerts of a rule; were it told twice, its id would be the same."""
    first = raised[0]
    emit_event(
        "usven.alert.raised",
        {
            "prefect.resource.id": f"usven.rule.{first.rule}",
            "prefect.resource.name": first.rule,
            "usven.kind": first.kind,
            "usven.has-channel": str(bool(first.channel)).lower(),
        },
        related=[WAREHOUSE | {"prefect.resource.role": "warehouse"}],
        payload={
            "text": "\n".join(alert.text for alert in raised),
            "alerts": [{"text": a.text, "url": a.url, "story_id": a.story_id, "subject": a.subject} for a in raised],
        },
        id=uuid5(NAMESPACE_URL, " ".join(alert.alert_id for alert in raised)),
    )


def _leave_traces(current: Settings, done: Pass) -> None:
    """Name the run after what it brought, and leave its summary in the run's page."""
    # One client for all: Prefect's own functions for artifacts make one for each, which takes longer than the request.
    with get_client(sync_client=True) as client:
        for artifact in summary.artifacts(current, done):
            _leave(artifact, client)
        client.update_flow_run(flow_run.id, name=summary.title(done.run))


def _leave(artifact: summary.Artifact, client: SyncPrefectClient) -> None:
    key, description, markdown = artifact
    client.create_artifact(
        ArtifactCreate(type="markdown", key=key, description=description, data=markdown, flow_run_id=flow_run.id)
    )
