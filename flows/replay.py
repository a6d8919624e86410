"""The flow `replay`, run by hand: what labelling anew or rebuilding would change, or, applied, has changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from prefect import State, flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows import passes, rebuilding, retagging
from flows.rebuilding import Rebuilding
from flows.retagging import Retagging
from tasks.reporting import markdown
from warehouse import settings
from warehouse.errors import UsvenError


@flow(
    name="replay",
    description="Labels what is stored anew by the present rules, or rebuilds it from the raw archive.",
    flow_run_name=lambda: f"replay {passes.utc_now():%Y-%m-%d %H:%M}",
    persist_result=False,
)
def replay(
    since: datetime | None = None,
    apply: bool = False,
    rebuild: bool = False,
) -> State[Retagging | Rebuilding]:
    """A dry run unless applied; its final state says what is gained and lost.

    Args:
        since: Label anew only articles reported since this time. Not with rebuild, which takes all.
        apply: Store the result. Otherwise it is only shown.
        rebuild: Rebuild the warehouse from the raw archive instead of labelling anew.
    """
    current, say = settings.load(), get_run_logger().info
    run_id = str(flow_run.id)
    try:
        if rebuild:
            rebuilt = rebuilding.rebuild(current, apply=apply, prefect_flow_run_id=run_id, progress=say)
            _leave_trace(rebuilding.lines(rebuilt))
            return Completed(message=rebuilding.describe(rebuilt), data=rebuilt)
        aware = since.replace(tzinfo=since.tzinfo or UTC) if since else None
        found = retagging.retag(current, since=aware, apply=apply, prefect_flow_run_id=run_id, progress=say)
    except UsvenError as error:
        return Failed(message=str(error), data=error)
    _leave_trace(retagging.lines(found))
    return Completed(message=retagging.describe(found), data=found)


def _leave_trace(lines: Iterable[str]) -> None:
    """The result in the run's page; headlines in it stay text."""
    text = "\n".join(f"- {markdown.escape(line)}" for line in lines)
    create_markdown_artifact(text, key="replay", description="What a replay gains and loses")
