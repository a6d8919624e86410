"""Scores canonical URLs on pairs of addresses that people have judged.

The pairs are a CSV with `verdict` ("same" or not), `left` and `right`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tasks import scorecard
from tasks.dedup import urls
from tasks.scorecard import Section, Tally


def sections(paths: Iterable[Path]) -> Iterator[Section]:
    """Our canonical URLs on the pairs of all files."""
    pairs = [pair for path in paths for pair in scorecard.read_table(path)]
    tally = Tally()
    mistakes = []
    for number, pair in enumerate(pairs):
        is_same, is_found = pair["verdict"] == "same", are_same(pair["left"], pair["right"])
        tally.add({number} if is_same else set(), {number} if is_found else set())
        if is_same != is_found:
            mistakes.append({"section": "urls", "found": is_found, **pair})
    yield Section(
        name="urls",
        title="Canonical URLs",
        about=f"{len(pairs)} pairs of addresses, {tally.right + tally.missed} of which lead to one page.",
        columns=("by", *Tally.COLUMNS),
        rows=(("usven", *tally.cells()),),
        mistakes=tuple(mistakes),
    )


def are_same(left: str, right: str) -> bool:
    """Whether two addresses are taken for one page."""
    return urls.canonical(left) == urls.canonical(right) != ""
