"""Reference data from the seeds, as rows of the core tables that analysts join with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any


def tables() -> dict[str, list[dict[str, Any]]]:
    """The rows of core.topics, core.actors, core.actor_tenures and core.event_types."""
    return {
        "core.topics": [{**row, "topic": row["code"]} for row in _rows("topics.csv")],
        "core.actors": [
            {**row, "name_en": row["name"], "wikidata_id": row["wikidata_id"] or None} for row in _rows("actors.csv")
        ],
        "core.actor_tenures": [
            {**row, "valid_from": _day(row["valid_from"]), "valid_to": _day(row["valid_to"])}
            for row in _rows("tenures.csv")
        ],
        "core.event_types": [
            {**row, "weight": float(row["weight"]), "ruling": row["ruling"] or None} for row in _rows("event_types.csv")
        ],
    }


def _rows(name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(files("seeds").joinpath(name).read_text("utf-8")))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
