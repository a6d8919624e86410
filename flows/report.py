"""The flow `report`: the site and the outgoing feeds, made from the published copy."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from prefect import State, flow
from prefect.artifacts import create_link_artifact
from prefect.runtime import flow_run
from prefect.states import Completed

from flows import passes
from tasks.reporting import task as reporting
from tasks.reporting.site import SiteSummary
from warehouse import settings


@flow(
    name="report",
    description="Writes the report and the outgoing feeds from the published copy of the warehouse.",
    flow_run_name=lambda: f"report {passes.utc_now():%Y-%m-%d %H:%M}",
    persist_result=False,
)
def report(
    out: Path | None = None,
    as_of: datetime | None = None,
) -> State[SiteSummary]:
    """Write the report; its final state says where and how much.

    Args:
        out: Folder on the worker's machine to write to; the data folder's `report` if empty.
        as_of: Report what was known at this time instead of now.
    """
    current = settings.load()
    folder = out or current.report_dir
    written = reporting.write(
        current.published_path,
        folder,
        now=passes.utc_now(),
        as_of=as_of,
        queries=current.queries_dir,
        site_url=current.site_url,
    )
    page = written.index.resolve()
    create_link_artifact(page.as_uri(), link_text=str(page), key="report", description=f"Report of run {flow_run.name}")
    brought = f"{written.story_count} stories, {written.written_count} files written to {folder}"
    brought += "".join(f"; {problem}" for problem in written.problems)
    return Completed(message=brought, data=written)
