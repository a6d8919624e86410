"""Tagging as a Prefect task."""

from tasks.as_task import as_task
from tasks.tagging import labelling

tag = as_task(labelling.label, name="tag", title=lambda drafts, _: f"tag {len(drafts)} articles")
