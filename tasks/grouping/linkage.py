"""Average linkage on a sparse graph: joins the two groups whose members are most alike on average, again and again."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping


def join(sizes: Mapping[str, int], weights: Iterable[tuple[str, str, float]], *, threshold: float) -> dict[str, str]:
    """The group that each given group ends up in, named by the least id of those it was made from.

    Args:
        sizes: members of each group at the start.
        weights: what pairs of members of two groups add up to, above zero; a pair that is not named counts zero.
        threshold: least average over all pairs of members of two groups that are joined, above zero.

    Average linkage is monotone, so that ties aside no order of joining gives another result; ties go by id.
    """
    size = dict(sizes)
    sums: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one, other, weight in weights:
        sums[one][other] += weight
        sums[other][one] += weight
    queue = [_entry(size, sums, one, other) for one in sums for other in sums[one] if one < other]
    heapq.heapify(queue)
    into: dict[str, str] = {}
    while queue and -queue[0][0] >= threshold:
        average, one, other = heapq.heappop(queue)
        if one in into or other in into or (average, one, other) != _entry(size, sums, one, other):
            continue
        into[other] = one
        size[one] += size.pop(other)
        for third, weight in sums.pop(other).items():
            del sums[third][other]
            if third != one:
                sums[one][third] += weight
                sums[third][one] += weight
        for third in sums[one]:
            heapq.heappush(queue, _entry(size, sums, *sorted((one, third))))
    return {group: _end(into, group) for group in sizes}


def _entry(
    size: Mapping[str, int], sums: Mapping[str, Mapping[str, float]], one: str, other: str
) -> tuple[float, str, str]:
    return -sums[one][other] / (size[one] * size[other]), one, other


def _end(into: Mapping[str, str], group: str) -> str:
    while group in into:
        group = into[group]
    return group
