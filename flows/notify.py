"""The flow `notify`: tells the operator something, by the channels that the file of alert rules names for that."""

from __future__ import annotations

from typing import Annotated

from prefect import State, flow
from prefect.states import Completed, Failed
from pydantic import Field

from flows import alerts, passes
from warehouse import settings
from warehouse.errors import UsvenError


@flow(
    name="notify",
    description="Tells the operator something, by the channels that the file of alert rules names for that.",
    flow_run_name="{title}",
    persist_result=False,
)
def notify(
    title: Annotated[str, Field(max_length=300)],
    text: Annotated[str, Field(max_length=20_000)] = "",
) -> State[None]:
    """Send one message; its final state says to whom, or why not.

    Args:
        title: Subject of the message.
        text: The message.
    """
    try:
        told = alerts.notify(settings.load(), title, text, now=passes.utc_now())
    except UsvenError as error:
        return Failed(message=str(error), data=error)
    if not told:
        return Completed(name="Unsent", message=f"No channel is named as `operator`: {text}")
    failures = [f"{channel}: {complaint}" for channel, complaint in told.items() if complaint]
    if failures:
        return Failed(message="; ".join(failures))
    return Completed(message=f"Sent to {', '.join(told)}: {text}")
