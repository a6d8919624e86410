"""Writing the report as a Prefect task."""

from tasks.as_task import as_task
from tasks.reporting import brief, site

write = as_task(site.write_site, name="report", title=lambda _, out, **__: f"write the report to {out}")
write_brief = as_task(brief.write, name="brief", title=lambda _, out, **__: f"write the daily brief to {out}")
