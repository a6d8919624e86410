"""What grouping sees of an article, new or stored, and what it decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Report:
    """An article's words and time.

    `story_id` is the story that a stored article stands in, and `story_began_at` the time of its first report; both are
    None for a new one. `copy_of_article_id` is what a stored article was found to republish.
    """

    article_id: str
    title: str
    summary_text: str
    language: str | None
    outlet_id: str
    outlet_name: str
    reported_at: datetime
    story_id: str | None = None
    story_began_at: datetime | None = None
    copy_of_article_id: str | None = None

    @property
    def age_rank(self) -> tuple[datetime, str]:
        """Sorts reports by time, those of one time by id."""
        return self.reported_at, self.article_id


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """One decision that two articles are the same at a level. `reason` says why, in words."""

    left_id: str
    right_id: str
    level: Literal["copy", "story"]
    similarity: float
    reason: str
