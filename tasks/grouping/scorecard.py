"""Scores stories on items that people have clustered, beside two baselines: equal headlines, and copies alone.

Items are JSON Lines with `id`, `title`, `published`, `lang` and `cluster_id`; `summary` and `source` where there are.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tasks.grouping import copies, meaning, scoring, stories, wording
from tasks.grouping.scoring import Score
from tasks.scorecard import Section
from warehouse.errors import InputError
from warehouse.model import Report


@dataclass(frozen=True, slots=True)
class Row:
    """A method's figures."""

    method: str
    b_cubed: Score
    pairwise: Score
    story_count: int


def read(path: Path) -> tuple[list[Report], list[str]]:
    """The items of a file, gzipped or not, and the cluster of each.

    Raises:
        InputError: a line is not an item.
    """
    reports, clusters = [], []
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                item = json.loads(line)
                reports.append(_report(item))
                clusters.append(str(item["cluster_id"]))
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(
                    f"{path}, line {number}: not an item with id, title, published and cluster_id ({error})."
                ) from error
    return reports, clusters


def sections(paths: Iterable[Path]) -> Iterator[Section]:
    """Stories of each file of clustered items, with the baselines."""
    for path in paths:
        reports, clusters = read(path)
        rows = score(reports, clusters)
        yield Section(
            name=f"stories {path.name.partition('.')[0]}",
            title=f"Stories: {path.name.partition('.')[0]}",
            about=f"{len(reports)} headlines that tell {len(set(clusters))} stories, all read as one batch.",
            columns=(
                "by",
                "stories",
                "B-cubed precision",
                "B-cubed recall",
                "B-cubed F1",
                "pair precision",
                "pair recall",
            ),
            rows=tuple(
                (row.method, row.story_count, *_figures(row.b_cubed), row.pairwise.precision, row.pairwise.recall)
                for row in rows
            ),
        )


def score(reports: Sequence[Report], clusters: Sequence[str]) -> tuple[Row, ...]:
    """Our figures and those of the baselines, all items taken as one batch."""
    by_title = [wording.fold(report.title) for report in reports]
    found = copies.find_copies(reports, ())
    by_text = [found.originals.get(report.article_id, report.article_id) for report in reports]
    headlines = [wording.headline(report.title, report.outlet_name) for report in reports]
    ids = [report.article_id for report in reports]
    vectors = dict(zip(ids, meaning.encode(headlines), strict=True))
    told = stories.find_stories(reports, (), vectors=vectors, originals=found.originals)
    by_story = [told.story_of[article_id] for article_id in ids]
    methods = (("equal headlines", by_title), ("copies alone", by_text), ("usven", by_story))
    return tuple(
        Row(name, scoring.b_cubed(groups, clusters), scoring.pairwise(groups, clusters), len(set(groups)))
        for name, groups in methods
    )


def _figures(score: Score) -> tuple[float, float, float]:
    return score.precision, score.recall, score.f1


def _report(item: dict[str, Any]) -> Report:
    published_at = datetime.fromisoformat(item["published"])
    source = str(item.get("source") or "")
    return Report(
        article_id=str(item["id"]),
        title=item["title"],
        text=item.get("summary") or "",
        language=item.get("lang"),
        outlet_id=source,
        outlet_name=source,
        reported_at=published_at.replace(tzinfo=UTC) if published_at.tzinfo is None else published_at.astimezone(UTC),
    )
