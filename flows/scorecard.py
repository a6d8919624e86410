"""The flow `scorecard`, run by hand: how right the program is on labelled data, kept in the run's page."""

from __future__ import annotations

from pathlib import Path

from prefect import State, flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.states import Completed, Failed

from flows import measuring, passes
from flows.measuring import Scorecard
from warehouse.errors import InputError


@flow(
    name="scorecard",
    description="Measures relevance, topics, language, events, addresses, copies and stories on labelled data.",
    flow_run_name=lambda: f"scorecard {passes.utc_now():%Y-%m-%d %H:%M}",
    persist_result=False,
)
def scorecard(labelled: list[Path]) -> State[Scorecard]:
    """Precision and recall; its final state says what could be measured.

    Args:
        labelled: Folders or files of labelled data on the worker's machine.
    """
    try:
        card = measuring.score(labelled, progress=get_run_logger().info)
    except InputError as error:
        return Failed(message=str(error), data=error)
    create_markdown_artifact(measuring.markdown(card), key="scorecard", description="How right the program is")
    return Completed(message=measuring.describe(card), data=card)
