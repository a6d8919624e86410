"""Tagging as a Prefect task."""

from tasks.as_task import as_task
from tasks.counting import counted
from tasks.tagging import labelling

tag = as_task(labelling.label, name="tag", title=lambda texts, _: f"tag {counted(len(texts), 'article')}")
