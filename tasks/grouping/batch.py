"""The whole step for one batch: relevant articles in, copies, stories and what the warehouse keeps for later out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.grouping import agencies, copies, meaning, stories
from tasks.workers import Workers
from warehouse.model import Link, Mark, Neighbours, Prints, Report, Words

PORTION = 20
"""Articles that a process is given at a time, a tenth of a second of work: with more, one waits long for another."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """The story of each article, what it is a copy of, the news agency it comes from, joined stories, and why."""

    story_of: Mapping[str, str]
    copy_of: Mapping[str, str]
    agency_of: Mapping[str, str]
    merged: Mapping[str, str]
    links: tuple[Link, ...]


def prepare(folder: Path) -> None:
    """Load what `prints` and `group` need, once a process; the encoder is kept in the folder."""
    meaning.keep_in(folder)
    meaning.anchors()


def prints(words: Sequence[Words], workers: Workers) -> tuple[Mark, ...]:
    """What is compared of each article, and kept so that later ones can be compared with it."""
    return tuple(workers.map(_prints, words, portion=PORTION))


def group(reports: Sequence[Report], marks: Sequence[Prints], near: Neighbours, workers: Workers) -> Grouped:
    """Group articles that are new or in other words with each other and with stored ones near them.

    `marks` are the articles' prints; `near` holds stored articles that share a band with one of them, and those of
    the days around them with their vectors.
    """
    return workers.call(_group, reports, marks, near)


def _prints(words: Sequence[Words]) -> tuple[Mark, ...]:
    return tuple(
        Mark(copies.bands_of(of), meaning.model(), vector)
        for of, vector in zip(words, meaning.encode(words), strict=True)
    )


def _group(reports: Sequence[Report], marks: Sequence[Prints], near: Neighbours) -> Grouped:
    bands = {**near.bands, **{mark.article_id: mark.bands for mark in marks}}
    found = copies.find_copies(reports, near.sharing, bands)
    vectors = {mark.article_id: mark.vector for mark in marks}
    present = vectors.keys() | near.vectors.keys()
    told = stories.find_stories(
        reports,
        [report for report in (*near.sharing, *near.around) if report.article_id in near.vectors],
        vectors={**near.vectors, **vectors},
        originals={copy: original for copy, original in found.originals.items() if original in present},
    )
    sources = {report.article_id: agencies.source_of(report.text, report.outlet_name) for report in reports}
    return Grouped(
        story_of=told.story_of,
        copy_of=found.originals,
        agency_of={article_id: agency for article_id, agency in sources.items() if agency},
        merged=told.merged,
        links=(*found.links, *told.links),
    )


NOTHING = Grouped({}, {}, {}, {}, ())
"""Where there is nothing to group."""
