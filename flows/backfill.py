"""The flow `backfill`: an import of many items whose labelling and comparing is shared out over a Dask cluster.

Batches are decided and loaded in turns, as ever; what can be told of each article by itself is told by the cluster's
workers, a Prefect task run for each portion of a batch. They need this program, and reach neither warehouse nor
archive.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import dask.config
from prefect import State, flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from prefect_dask.task_runners import DaskTaskRunner

from flows import passes
from tasks.pickling import pickled
from tasks.workers import Workers
from warehouse import settings
from warehouse.errors import ServiceError, UsvenError
from warehouse.rows import Run

# A scheduler answers in milliseconds; where there is none, Dask would try for half a minute.
CONNECT_SECONDS = 5
A = TypeVar("A")
R = TypeVar("R")


@task(name="portion", cache_policy=NO_CACHE, persist_result=False)
def _portion(work: bytes) -> Sequence[Any]:
    function, items = pickle.loads(work)  # noqa: S301 - from our own flow
    found: Sequence[Any] = function(items)
    return found


class Cluster(Workers):
    """The workers of the flow's task runner; what is asked of one after the other, the caller does itself."""

    def __init__(self) -> None:
        super().__init__(0)

    def map(self, function: Callable[[Sequence[A]], Sequence[R]], items: Sequence[A], *, portion: int) -> list[R]:
        """What a function makes of items, which the workers are given in portions.

        Raises:
            ServiceError: there is no cluster at the address.
        """
        # In one piece, which nobody looks into: Prefect would make plain tuples of what are named ones.
        work = (pickled((function, items[start : start + portion])) for start in range(0, len(items), portion))
        try:
            given = [_portion.submit(piece) for piece in work]
        except (OSError, ValueError) as error:
            raise ServiceError(f"The Dask cluster does not answer: {error}. `dask scheduler` starts one.") from error
        return [result for future in given for result in future.result()]


def run(files: Sequence[Path], cluster: str) -> Run:
    """Import files with the workers of a Dask cluster, given by its scheduler's address, as a flow run.

    Raises:
        UsvenError: what `passes.import_files` raises.
    """
    # A default of ours, which gives way to what the operator has set for Dask.
    dask.config.update_defaults({"distributed": {"comm": {"timeouts": {"connect": f"{CONNECT_SECONDS} s"}}}})
    runner: Any = DaskTaskRunner(address=cluster)
    state: State[Any] = backfill.with_options(task_runner=runner)(list(files), return_state=True)
    found: Any = state.result(raise_on_failure=False)
    if isinstance(found, BaseException):
        raise found
    done: Run = found
    return done


@flow(
    name="backfill",
    description="Imports files of items; a Dask cluster labels and compares them.",
    flow_run_name=lambda: f"backfill {passes.utc_now():%Y-%m-%d %H:%M}",
    persist_result=False,
    validate_parameters=False,
)
def backfill(files: list[Path]) -> State[Run]:
    """One import; its final state says in words what it brought."""
    try:
        done = passes.import_files(
            settings.load(),
            files,
            workers=Cluster(),
            prefect_flow_run_id=str(flow_run.id),
            progress=get_run_logger().info,
        )
    except UsvenError as error:
        return Failed(message=str(error), data=error)
    return Completed(message=done.run.message, data=done.run)
