"""How likely two headlines report one event: what they mean, the words they share, the time between them, ordinals."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import cache

import numpy as np
import numpy.typing as npt

from tasks.grouping import facts, meaning, wording
from tasks.grouping.meaning import Vectors
from warehouse.model import Report

WINDOW = timedelta(hours=72)
"""Reports further apart in time are not compared. In OG2021 (E3-JSI) 98 % of the events last less than that."""
FLOOR = -1.0
CEILING = 6.0
"""Bounds of a score: no single pair outweighs many. A lower floor gives the same stories (OG2021) from twenty times as
many pairs."""

_WORD_DIMENSIONS = 2048
# What is common in news of the affair counts as if so many ordinary headlines of it were always among those given: a
# handful of reports alone does not tell which words and meanings they only share because they share a subject.
_ORDINARY_HEADLINES = 100
_ORDINARY_DOCUMENTS = 500

# Weights of a logistic regression on the pairs within the window of one half of OG2021 (all languages), each event with
# the same weight. A conflict of ordinals is not learnt but set: the twelfth strike is not the thirteenth.
_BASE = -1.19
_MEANING, _MEANING_SQUARED = 4.68, 1.68
_WORDS, _FOREIGN_WORDS, _FOREIGN = 2.95, 1.11, -0.68
_PER_DAY, _SAME_HOURS = -1.31, 0.42
_ORDINALS_DIFFER = -6.0
# The more is reported at a time, the less a likeness proves: chance finds more reports that are alike and tell of other
# events. Set so that precision is the same on a stream of a hundred reports in the window (Google News groups) and on
# one of fifteen hundred (OG2021).
_CROWD = -0.4
_QUIET = 100


class Likeness:
    """Scores between reports, as log-odds that both report one event; positions are those of the reports given.

    The rows of `meaning` and `words` have length one; `hours` count from the epoch, `crowd` is how busy the days are,
    `language` and `ordinals` have a column for each value.
    """

    def __init__(self, reports: Sequence[Report], vectors: Sequence[bytes]) -> None:
        headlines = [wording.headline(report.title, report.outlet_name) for report in reports]
        self.meaning = _centred(meaning.vectors(vectors))
        self.words = _weighted_words(headlines)
        self.hours = np.array([report.reported_at.timestamp() / 3600 for report in reports])
        self.crowd = _crowd(self.hours)
        self.language = _incidence([frozenset({report.language or ""}) for report in reports])
        stated = [facts.facts_of(h, r.language).ordinals for h, r in zip(headlines, reports, strict=True)]
        self.ordinals = _incidence(stated)

    def scores(self, left: npt.NDArray[np.intp], right: npt.NDArray[np.intp]) -> Vectors:
        """Scores of every left report (rows) with every right one (columns), between `FLOOR` and `CEILING`."""
        same = self.meaning[left] @ self.meaning[right].T
        words = np.sqrt(np.maximum(self.words[left] @ self.words[right].T, 0))
        days = np.abs(self.hours[left][:, None] - self.hours[right][None, :]) / 24
        foreign = self.language[left] @ self.language[right].T == 0
        score = (
            _BASE
            + _MEANING * same
            + _MEANING_SQUARED * same * np.abs(same)
            + _WORDS * words
            + foreign * (_FOREIGN + _FOREIGN_WORDS * words)
            + _PER_DAY * days
            + _SAME_HOURS * np.exp(-6 * days)
            + _CROWD * (self.crowd[left][:, None] + self.crowd[right][None, :]) / 2
            + _ORDINALS_DIFFER * self._ordinals_differ(left, right)
        )
        score[days > WINDOW / timedelta(days=1)] = FLOOR
        return np.asarray(np.clip(score, FLOOR, CEILING), dtype=np.float32)

    def explain(self, left: int, right: int) -> str:
        """What a score between two reports rests on, in words."""
        same = float(self.meaning[left] @ self.meaning[right])
        words = float(self.words[left] @ self.words[right])
        hours = abs(self.hours[left] - self.hours[right])
        return f"Meaning agrees {same:.2f}, words {words:.2f} (1 is equal), {hours:.0f} hours apart"

    def _ordinals_differ(self, left: npt.NDArray[np.intp], right: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        one, other = self.ordinals[left], self.ordinals[right]
        both = np.outer(one.any(axis=1), other.any(axis=1))
        return np.asarray(both & (one @ other.T == 0), dtype=np.bool_)


def _crowd(hours: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Logarithm of how many times more reports than `_QUIET` lie within the window around each one, at least zero."""
    times = np.sort(hours)
    span = WINDOW / timedelta(hours=1)
    near = np.searchsorted(times, hours + span, side="right") - np.searchsorted(times, hours - span, side="left")
    return np.asarray(np.log(np.maximum(near / _QUIET, 1)), dtype=np.float64)


def _centred(vectors: Vectors) -> Vectors:
    """Vectors without what all headlines have in common, these and ordinary ones; else one subject is all alike."""
    ordinary = meaning.vectors(meaning.anchors()).mean(axis=0)
    common = (vectors.sum(axis=0) + _ORDINARY_HEADLINES * ordinary) / (len(vectors) + _ORDINARY_HEADLINES)
    return meaning.unit(vectors - common)


def _weighted_words(headlines: Sequence[str]) -> Vectors:
    """Hashed character 4-grams, the rare ones weighing more (inverse document frequency)."""
    documents = [sorted(set(meaning.grams(headline))) for headline in headlines]
    frequency = Counter(gram for document in documents for gram in document)
    ordinary = _ordinary_frequency()
    size = len(headlines) + _ORDINARY_DOCUMENTS
    weight = {gram: np.log(size / (count + ordinary[gram] + 1)) for gram, count in frequency.items()}
    column = {gram: zlib.crc32(gram.encode()) % _WORD_DIMENSIONS for gram in frequency}
    rows = np.zeros((len(headlines), _WORD_DIMENSIONS), dtype=np.float32)
    for row, document in enumerate(documents):
        columns, weights = [column[gram] for gram in document], [weight[gram] for gram in document]
        rows[row] = np.bincount(columns, weights, minlength=_WORD_DIMENSIONS) if document else 0
    return meaning.unit(rows)


@cache
def _ordinary_frequency() -> Counter[str]:
    """In how many of `_ORDINARY_DOCUMENTS` ordinary headlines a 4-gram stands."""
    lines = meaning.anchor_lines()
    counted = Counter(gram for line in lines for gram in set(meaning.grams(line)))
    return Counter({gram: round(count * _ORDINARY_DOCUMENTS / len(lines)) for gram, count in counted.items()})


def _incidence(stated: Sequence[frozenset[str]]) -> Vectors:
    values = {value: i for i, value in enumerate(sorted(set().union(*stated)))}
    rows = np.zeros((len(stated), max(1, len(values))), dtype=np.float32)
    for row, ordinals in zip(rows, stated, strict=True):
        row[[values[value] for value in ordinals]] = 1
    return rows
