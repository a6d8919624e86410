"""Which articles report one event, whatever their wording and language.

The new articles of a batch and the stored ones of the last days are grouped by average linkage: an article joins a
story when it is like all of its reports on average, so that a chain of neighbours never makes one story of many. What
is stored stays together: a new article can join stories, never split one. Nothing depends on the articles' order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from tasks.grouping import linkage
from tasks.grouping.components import components
from tasks.grouping.likeness import FLOOR, WINDOW, Likeness
from tasks.grouping.meaning import Vectors
from warehouse.model import Link, Report, story_founded_by

THRESHOLD = 3.0
"""Least average score, in log-odds, for one story: where B-cubed precision passes 0.95 on the Google News groups and on
OG2021."""
MAX_NEIGHBOURS = 10_000
"""Articles before and after one in time that it is compared with: a bound for floods."""

_CHUNK = 256
_MAX_BRIDGED = 4
_MAX_MEMBERS = 40


@dataclass(frozen=True, slots=True)
class Stories:
    """The story of each new article, stories that were joined (the one that ends, the one that goes on), and why.

    `comparison_count` is how many pairs of articles were scored.
    """

    story_of: Mapping[str, str]
    merged: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    comparison_count: int = 0


def find_stories(
    new: Sequence[Report],
    stored: Sequence[Report],
    *,
    vectors: Mapping[str, bytes],
    originals: Mapping[str, str],
) -> Stories:
    """The stories of a batch's articles.

    Args:
        new: articles that are new or have other words; those that were stored before keep their `story_id`.
        stored: articles of the warehouse within `WINDOW` of a new one, and the originals of new copies.
        vectors: what `meaning.encode` makes of each one.
        originals: copies and what they republish (see `copies.find_copies`); a copy is always in its original's story.
    """
    if not new:
        return Stories({})
    fresh = {report.article_id for report in new}
    known = [report for report in stored if report.article_id not in fresh]
    reports = sorted((*new, *known), key=lambda report: report.age_rank)
    likeness = Likeness(reports, [vectors[report.article_id] for report in reports])
    start = _starting_groups(reports, originals)
    with _blas().limit(limits=1, user_api="blas"):
        edges, comparison_count = _edges(reports, fresh, likeness)
        bridges, bridge_count = _bridges(reports, start, fresh, edges, likeness)
    sizes: defaultdict[str, int] = defaultdict(int)
    for group in start.values():
        sizes[group] += 1
    weights = _weights([start[report.article_id] for report in reports], (edges, bridges))
    joined = linkage.join(sizes, weights, threshold=THRESHOLD - FLOOR)
    members: defaultdict[str, list[Report]] = defaultdict(list)
    for report in reports:
        members[joined[start[report.article_id]]].append(report)
    names = {group: _name(group_members) for group, group_members in members.items()}
    story_of = {report.article_id: names[joined[start[report.article_id]]] for report in reports}
    return Stories(
        story_of={article_id: story_of[article_id] for article_id in sorted(fresh)},
        merged={
            report.story_id: story_of[report.article_id]
            for report in reports
            if report.story_id and report.story_id != story_of[report.article_id]
        },
        links=tuple(_links(reports, fresh, story_of, edges, likeness)),
        comparison_count=comparison_count + bridge_count,
    )


@cache
def _blas() -> ThreadpoolController:
    # Of products as small as these, threads spend more time on waiting for each other than they save.
    return ThreadpoolController()


class Edges(NamedTuple):
    """Pairs of positions of reports and their scores, a place in each array a pair."""

    left: npt.NDArray[np.intp]
    right: npt.NDArray[np.intp]
    score: npt.NDArray[np.float64]

    def where(self, chosen: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int, float]]:
        """The chosen ones, one by one."""
        return zip(*(of[chosen].tolist() for of in self), strict=True)


def _joined(parts: Sequence[Edges]) -> Edges:
    if not parts:
        return Edges(np.array([], dtype=np.intp), np.array([], dtype=np.intp), np.array([], dtype=np.float64))
    return Edges(*(np.concatenate(of) for of in zip(*parts, strict=True)))


def _scored(left: npt.NDArray[np.intp], right: npt.NDArray[np.intp], scores: Vectors) -> Edges:
    """The pairs of left reports (rows) and right ones (columns) whose score is above the floor."""
    rows, columns = np.nonzero(scores > FLOOR)
    return Edges(left[rows], right[columns], scores[rows, columns].astype(np.float64))


def _weights(groups: Sequence[str], parts: Sequence[Edges]) -> Iterator[tuple[str, str, float]]:
    """What the pairs of reports of two groups add up to; `groups` has the group of each report."""
    names = sorted(set(groups))
    places = {name: place for place, name in enumerate(names)}
    group = np.array([places[name] for name in groups])
    left, right, score = _joined(parts)
    one, other = np.minimum(group[left], group[right]), np.maximum(group[left], group[right])
    apart = one != other
    pairs, place = np.unique(one[apart] * len(names) + other[apart], return_inverse=True)
    sums = np.bincount(place, score[apart] - FLOOR, minlength=len(pairs))
    for pair, weight in zip(pairs.tolist(), sums.tolist(), strict=True):
        yield names[pair // len(names)], names[pair % len(names)], weight


def _starting_groups(reports: Sequence[Report], originals: Mapping[str, str]) -> dict[str, str]:
    """A group for each article: the stored story, the copies of one text, else the article alone; by its least id."""
    present = {report.article_id for report in reports}
    pairs = [(report.article_id, f"story {report.story_id}") for report in reports if report.story_id]
    pairs += [(copy, original) for copy, original in originals.items() if {copy, original} <= present]
    groups = {report.article_id: report.article_id for report in reports}
    for component in components(pairs):
        ids = component & present
        groups |= dict.fromkeys(ids, min(ids))
    return groups


def _edges(reports: Sequence[Report], fresh: set[str], likeness: Likeness) -> tuple[Edges, int]:
    """Pairs with a new article whose score is above the floor, each once, and how many pairs were scored."""
    times = np.array([report.reported_at.timestamp() for report in reports])
    is_new = np.array([report.article_id in fresh for report in reports])
    positions = np.flatnonzero(is_new)
    edges: list[Edges] = []
    count = 0
    for chunk in (positions[i : i + _CHUNK] for i in range(0, len(positions), _CHUNK)):
        first = np.searchsorted(times, times[chunk[0]] - WINDOW.total_seconds(), side="left")
        last = np.searchsorted(times, times[chunk[-1]] + WINDOW.total_seconds(), side="right")
        near = np.arange(max(first, chunk[0] - MAX_NEIGHBOURS), min(last, chunk[-1] + MAX_NEIGHBOURS))
        scores = likeness.scores(chunk, near)
        # A pair of two new articles is taken from the side of the later one.
        scores[is_new[near][None, :] & (near[None, :] >= chunk[:, None])] = FLOOR
        edges.append(_scored(chunk, near, scores))
        count += scores.size
    return _joined(edges), count


def _bridges(
    reports: Sequence[Report], start: Mapping[str, str], fresh: set[str], edges: Edges, likeness: Likeness
) -> tuple[Edges, int]:
    """Pairs of stored articles in stories that one new article is like: only there can two stories be joined."""
    held: defaultdict[str, list[int]] = defaultdict(list)
    for position, report in enumerate(reports):
        if report.article_id not in fresh:
            held[start[report.article_id]].append(position)
    best: defaultdict[int, dict[str, float]] = defaultdict(dict)
    for i, j, score in edges.where(edges.score >= THRESHOLD):
        group = start[reports[j].article_id]
        if group in held:
            best[i][group] = max(score, best[i].get(group, FLOOR))
    bridged = {
        pair
        for groups in best.values()
        for pair in combinations(sorted(sorted(groups, key=lambda g: (-groups[g], g))[:_MAX_BRIDGED]), 2)
    }
    found: list[Edges] = []
    count = 0
    for one, other in sorted(bridged):
        left, right = np.array(held[one][-_MAX_MEMBERS:]), np.array(held[other][-_MAX_MEMBERS:])
        scores = likeness.scores(left, right)
        found.append(_scored(left, right, scores))
        count += scores.size
    return _joined(found), count


def _name(members: Sequence[Report]) -> str:
    """The id of a story: that of its oldest stored one, else of the one its first report founds."""
    stored = [(m.story_began_at or m.reported_at, m.story_id) for m in members if m.story_id]
    return min(stored)[1] if stored else story_founded_by(members[0].article_id)


def _links(
    reports: Sequence[Report],
    fresh: set[str],
    story_of: Mapping[str, str],
    edges: Edges,
    likeness: Likeness,
) -> Iterator[Link]:
    """For each new article that is not alone, the report of its story that it is most like."""
    best: dict[int, tuple[float, int]] = {}
    told = np.unique([story_of[report.article_id] for report in reports], return_inverse=True)[1]
    for i, j, score in edges.where(told[edges.left] == told[edges.right]):
        for one, other in ((i, j), (j, i)):
            if reports[one].article_id in fresh and (score, -other) > best.get(one, (FLOOR, 0)):
                best[one] = (score, -other)
    pairs = {tuple(sorted((one, -other))): score for one, (score, other) in best.items()}
    for (earlier, later), score in sorted(pairs.items()):
        odds = float(np.exp(score))
        yield Link(
            reports[later].article_id,
            reports[earlier].article_id,
            "story",
            round(odds / (1 + odds), 4),
            likeness.explain(earlier, later),
        )
