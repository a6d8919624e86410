"""Runs a pass as a Prefect flow run where a server answers, and plainly where none does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from flows import passes, service
from flows.passes import Pass
from warehouse.errors import WarehouseBusy
from warehouse.settings import Settings


def monitor(settings: Settings, *, feeds_file: Path | None, everything: bool, say: Callable[[str], None]) -> Pass:
    """One pass of `monitor`; `say` is told how it runs.

    Raises:
        WarehouseBusy: another pass is going on.
        UsvenError: what `passes.monitor` raises.
    """
    server = service.find_server(settings)
    if server is None:
        say("No Prefect server answers: running without one. The run is recorded in raw.runs.")
        return passes.monitor(settings, feeds_file=feeds_file, everything=everything)
    os.environ.update(service.client_environment(settings, server.api_url))
    # Prefect reads its settings when it is imported, and the flow reads ours from the environment.
    from flows.monitor import monitor as flow

    state = flow(feeds=feeds_file.resolve() if feeds_file else None, everything=everything, return_state=True)
    if state.name == "Skipped":
        raise WarehouseBusy(state.message or "Another pass is going on.")
    done = state.result()
    assert isinstance(done, Pass)  # noqa: S101 - the flow's own type
    return done
