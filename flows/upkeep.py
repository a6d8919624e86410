"""The flow `upkeep`: once a day, checks, backup, retention and compaction, with the result as an artifact."""

from __future__ import annotations

from prefect import State, flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows import housekeeping, passes
from flows.housekeeping import Upkeep
from warehouse import settings
from warehouse.errors import UsvenError, WarehouseBusy

# A pass that is going on is over in a few minutes, and the next upkeep is tomorrow.
PATIENCE_SECONDS = 1_200.0


@flow(
    name="upkeep",
    description="Checks the laws of the warehouse, backs it up, and gives back space that nothing needs.",
    flow_run_name=lambda: f"upkeep {passes.utc_now():%Y-%m-%d %H:%M}",
    persist_result=False,
)
def upkeep() -> State[Upkeep]:
    """One round; its final state says what it did, and it fails where a law is broken."""
    try:
        done = housekeeping.keep(
            settings.load(),
            prefect_flow_run_id=str(flow_run.id),
            patience_seconds=PATIENCE_SECONDS,
            progress=get_run_logger().info,
        )
    except WarehouseBusy as busy:
        get_run_logger().warning("Skipped: %s", busy)
        return Completed(name="Skipped", message=str(busy))
    except UsvenError as error:
        return Failed(message=str(error), data=error)
    create_markdown_artifact(housekeeping.markdown(done), key="last-check", description="Laws, backup and space")
    message = housekeeping.describe(done)
    return Failed(message=message) if done.broken else Completed(message=message, data=done)
