"""The flow `report`: the site, the outgoing feeds and, once a day, the brief, made from the published copy."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from prefect import State, flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.runtime import flow_run
from prefect.states import Completed

from flows import passes
from tasks.reporting import task as reporting
from tasks.reporting.site import SiteSummary
from warehouse import settings
from warehouse.settings import Settings


@flow(
    name="report",
    description="Writes the report and the outgoing feeds from the published copy of the warehouse.",
    flow_run_name=lambda: f"report {passes.utc_now():%Y-%m-%d %H:%M}",
    persist_result=False,
)
def report(
    out: Path | None = None,
    brief: bool = False,
    as_of: datetime | None = None,
) -> State[SiteSummary]:
    """Write the report; its final state says where and how much.

    Args:
        out: Folder on the worker's machine to write to; the data folder's `report` if empty.
        brief: Write the brief of the last 24 hours, too.
        as_of: Report what was known at this time instead of now.
    """
    current = settings.load()
    folder = out or current.report_dir
    if brief:
        _publish_brief(current, folder, as_of)
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


def _publish_brief(current: Settings, folder: Path, as_of: datetime | None) -> None:
    now = passes.utc_now()
    written = reporting.write_brief(current.published_path, folder, now=now, as_of=as_of, site_url=current.site_url)
    create_markdown_artifact(written.texts["en"], key="brief", description="What came in within 24 hours, by its rows")
