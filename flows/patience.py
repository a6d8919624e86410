"""How long a flow run waits for another one's pass."""

from __future__ import annotations

from prefect.context import FlowRunContext

# A scheduled run waits so long for another flow's to finish; one started by hand says at once that it cannot run.
PATIENCE_SECONDS = 240.0


def patience_seconds() -> float:
    """How long the flow run that calls this should wait."""
    # `prefect.runtime.deployment.id` asks the server what the run's own context knows: a tenth of a second.
    context = FlowRunContext.get()
    is_scheduled = context is not None and context.flow_run is not None and context.flow_run.deployment_id is not None
    return PATIENCE_SECONDS if is_scheduled else 0.0
