"""What grouping sees of an article, new or stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Report:
    """An article's words and time. `story_id` is the story it stands in, or would found; stories are joined, never left."""

    article_id: str
    title: str
    summary_text: str
    language: str | None
    outlet_name: str
    reported_at: datetime
    story_id: str


@dataclass(frozen=True, slots=True)
class Link:
    """One decision that two articles are the same at a level: `left_id` is the later one. `reason` is in words."""

    left_id: str
    right_id: str
    level: str
    similarity: float
    reason: str
