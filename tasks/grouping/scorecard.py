"""Scores stories on items that people have clustered, and copies on pairs of articles that people have judged.

Clustered items are JSON Lines with `id`, `title`, `published`, `lang` and `cluster_id`; `summary` and `source` where
there are. Judged pairs are a CSV with `left_id`, `right_id` and `verdict` ("copy" or not), their articles JSON Lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tasks import jsonlines, scorecard
from tasks.grouping import batch, copies, scoring, wording
from tasks.grouping.scoring import Score
from tasks.scorecard import Section
from tasks.workers import Workers
from warehouse.errors import InputError
from warehouse.model import Neighbours, Prints, Report

_UNDATED = datetime(2025, 1, 1, tzinfo=UTC)
_STORY_COLUMNS = (
    "by",
    "stories",
    "B-cubed precision",
    "B-cubed recall",
    "B-cubed F1",
    "pair precision",
    "pair recall",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A method's figures, and the group that it puts each item in."""

    method: str
    b_cubed: Score
    pairwise: Score
    groups: tuple[Hashable, ...]


# --- stories -----------------------------------------------------------------------------------


def sections(paths: Iterable[Path], *, plain: Callable[[str], str]) -> Iterator[Section]:
    """Stories of each file of clustered items, with the baselines; `plain` reads a title as an import does."""
    for path in paths:
        reports, clusters = read(path, plain=plain)
        rows = score(reports, clusters)
        name = path.name.partition(".")[0]
        yield Section(
            name=f"stories {name}",
            title=f"Stories: {name}",
            about=f"{len(reports)} reports that tell {len(set(clusters))} stories, all read as one batch.",
            columns=_STORY_COLUMNS,
            rows=tuple(_cells(row) for row in rows),
            mistakes=tuple(_mistakes(name, reports, clusters, rows[-1].groups)),
        )


def read(path: Path, *, plain: Callable[[str], str] = str) -> tuple[list[Report], list[str]]:
    """The items of a file, gzipped or not, and the cluster of each.

    Raises:
        InputError: a line is not an item.
    """
    reports, clusters = [], []
    for where, item in jsonlines.read(path):
        try:
            report = _report(item, datetime.fromisoformat(item["published"]))
            reports.append(replace(report, title=plain(report.title)))
            clusters.append(str(item["cluster_id"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{where}: not an item with id, title, published and cluster_id ({error}).") from error
    return reports, clusters


def score(reports: Sequence[Report], clusters: Sequence[str]) -> tuple[Row, ...]:
    """Figures of two baselines and then ours, all items taken as one batch, the way that a run takes them."""
    ids = [report.article_id for report in reports]
    alone = Workers(0)
    marks = batch.prints([report.words for report in reports], alone)
    prints = [Prints.of(report, mark) for report, mark in zip(reports, marks, strict=True)]
    found = batch.group(reports, prints, Neighbours((), (), {}), alone)
    methods = {
        "equal headlines": [wording.fold(report.title) for report in reports],
        "MinHash copies alone": [found.copy_of.get(article_id, article_id) for article_id in ids],
        "usven": [found.story_of[article_id] for article_id in ids],
    }
    return tuple(
        Row(name, scoring.b_cubed(groups, clusters), scoring.pairwise(groups, clusters), tuple(groups))
        for name, groups in methods.items()
    )


def _cells(row: Row) -> tuple[str | int | float, ...]:
    alike, pairs = row.b_cubed, row.pairwise
    return row.method, len(set(row.groups)), alike.precision, alike.recall, alike.f1, pairs.precision, pairs.recall


def _mistakes(
    name: str, reports: Sequence[Report], clusters: Sequence[str], groups: Sequence[Hashable]
) -> Iterator[Mapping[str, Any]]:
    """Each story of several clusters and each cluster in several stories, with the ids of its reports."""
    for kind, whole, parts in (("mixed", groups, clusters), ("split", clusters, groups)):
        ids: defaultdict[Hashable, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for report, one, part in zip(reports, whole, parts, strict=True):
            ids[one][str(part)].append(report.article_id)
        for one, shares in ids.items():
            if len(shares) > 1:
                yield {"section": f"stories {name}", "kind": kind, "of": str(one), "parts": shares}


# --- copies ------------------------------------------------------------------------------------


def copy_sections(pair_paths: Iterable[Path], item_paths: Iterable[Path]) -> Iterator[Section]:
    """Copies on judged pairs, of which each is compared as if the two had come alone.

    Raises:
        InputError: an article of a pair is not among the items.
    """
    pairs = [pair for path in pair_paths for pair in scorecard.read_table(path)]
    wanted = {pair[side] for pair in pairs for side in ("left_id", "right_id")}
    reports = {
        item["id"]: _report(item, _dated(item))
        for path in item_paths
        for _, item in jsonlines.read(path)
        if item.get("id") in wanted
    }
    if missing := wanted - reports.keys():
        raise InputError(f"{len(missing)} articles of the judged pairs are not given, {min(missing)} among them.")
    found = [is_copy(reports[pair["left_id"]], reports[pair["right_id"]]) for pair in pairs]
    expected = [pair["verdict"] == "copy" for pair in pairs]
    right = scoring.of_verdicts(found, expected)
    yield Section(
        name="copies",
        title="Copies",
        about=f"{len(pairs)} pairs of articles that a reader judged, {sum(expected)} of them copies.",
        columns=("by", "precision", "recall", "f1"),
        rows=(("usven", right.precision, right.recall, right.f1),),
        mistakes=tuple(
            {"section": "copies", "found": one, **pair}
            for pair, one, other in zip(pairs, found, expected, strict=True)
            if one != other
        ),
    )


def is_copy(one: Report, other: Report) -> bool:
    """Whether one of two articles is found to republish the other."""
    return bool(copies.find_copies([one, other], ()).links)


def _dated(item: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(item.get("published") or "")
    except ValueError:
        return _UNDATED


def _report(item: Mapping[str, Any], published_at: datetime) -> Report:
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
