"""Writing the report as a Prefect task."""

from tasks.as_task import as_task
from tasks.reporting import site

write = as_task(site.write_site, name="report", title=lambda _, out, **__: f"write the report to {out}")
