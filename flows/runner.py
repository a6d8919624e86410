"""Runs a pass as a Prefect flow run where a server answers, and plainly where none does."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from flows import alerts, passes, service
from warehouse.errors import ServiceError, SettingsError, UsvenError, WarehouseBusy
from warehouse.rows import Run
from warehouse.settings import Settings


def monitor(
    settings: Settings, *, feeds_file: Path | None, everything: bool, share: str, say: Callable[[str], None]
) -> Run:
    """One pass of `monitor`; `say` is told how it runs.

    Raises:
        WarehouseBusy: another pass is going on.
        UsvenError: what `passes.monitor` raises.
    """
    server = service.find_server(settings)
    if server is None:
        say("No Prefect server answers: running without one. The run is recorded in raw.runs.")
        done = passes.monitor(settings, feeds_file=feeds_file, everything=everything, share=share, progress=say)
        _alert(settings, done.run, say)
        return done.run
    _enter(settings, server.api_url)
    from flows import monitor as flow_module

    feeds = feeds_file.resolve() if feeds_file else None
    state = flow_module.monitor(feeds=feeds, everything=everything, share=share, return_state=True)
    match state.result(raise_on_failure=False):
        case Run() as run:
            return run
        case flow_module.AllFeedsFailed(run=run):
            return run
        case BaseException() as error:
            raise error
        case _:
            raise WarehouseBusy(state.message or "Another pass is going on.")


def import_files(settings: Settings, files: Sequence[Path], *, cluster: str, say: Callable[[str], None]) -> Run:
    """Import files, with the workers of a Dask cluster if the address of its scheduler is given.

    Raises:
        ServiceError: there is a cluster, but no Prefect server answers.
        SettingsError: what a cluster needs is not installed.
        UsvenError: what `passes.import_files` raises.
    """
    if not cluster:
        return passes.import_files(settings, files, progress=say).run
    server = service.find_server(settings)
    if server is None:
        raise ServiceError("No Prefect server answers, through which a cluster is given its work. `usven up` runs one.")
    _enter(settings, server.api_url)
    try:
        from flows import backfill
    except ImportError as error:
        raise SettingsError("A cluster needs the package prefect-dask: pip install 'usven[backfill]'") from error
    return backfill.run([file.resolve() for file in files], cluster)


def _enter(settings: Settings, api_url: str) -> None:
    """Prepare for Prefect to be imported: it reads its settings then, and a flow reads ours from the environment."""
    os.environ.update(service.client_environment(settings, api_url))
    # Prefect makes its home, but no folder above it, and says so at length.
    settings.data.mkdir(parents=True, exist_ok=True)


def _alert(settings: Settings, run: Run, say: Callable[[str], None]) -> None:
    try:
        checked = alerts.check(settings)
    except UsvenError:
        say(f"The pass is done: {run.message}. But alerts:")
        raise
    if checked.raised or checked.failures:
        say(f"Alerts: {alerts.describe(checked)}.")


def apply_automations(settings: Settings) -> tuple[str, ...]:
    """Register the automations; their names.

    Raises:
        ServiceError: no server answers, or it does not know the deployments.
    """
    server = service.find_server(settings)
    if server is None:
        raise ServiceError("No Prefect server answers. `usven up` runs one; PREFECT_API_URL names another.")
    os.environ.update(service.client_environment(settings, server.api_url))
    from flows import automations

    return automations.apply()
