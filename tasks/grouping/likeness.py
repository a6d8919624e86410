"""How likely two reports tell of one event: by meaning, shared words, numbers, time, and how much is reported."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from math import log

import numpy as np
import numpy.typing as npt

from tasks.grouping import facts, meaning, wording
from tasks.grouping.meaning import Vectors
from warehouse.model import Report

WINDOW = timedelta(hours=72)
"""Reports further apart in time are not compared. In OG2021 (E3-JSI) 98 % of the events last less than that."""
FLOOR = -1.0
"""Least score, whatever speaks against a pair. A lower one is no better on OG2021, and keeps far more pairs."""

_WORD_DIMENSIONS = 2048
# What is common in news of the affair counts as if so many ordinary headlines of it were always among those given: a
# handful of reports alone does not tell which words and meanings they only share because they share a subject.
_ORDINARY_HEADLINES = 100
_ORDINARY_DOCUMENTS = 500

# Weights in log-odds, in round numbers: more terms and finer weights are no better on events that they were not fitted
# to (docs/stories.md).
_BASE = -1.2
_MEANING, _WORDS, _PER_DAY = 9.0, 5.0, -1.0
# Other languages write other words for the same.
_FOREIGN = 0.5
# Where each report states a number that the other does not, they tell of two events of a kind, or of one that grew.
# Ordinals decide: the twelfth strike is not the thirteenth, even in the same words.
_NUMBERS_DIFFER, _ORDINALS_DIFFER = -2.0, -12.0
_YEAR = re.compile(r"(?:19|20)\d\d")
# The more is reported at a time, the less a likeness proves: the share of n reports that tell of one event falls as
# 1/n, and so do the odds of a pair before anything is known of it.
_CROWD = -1.0
_QUIET = 100


class Likeness:
    """Scores between reports, as log-odds that both report one event; positions are those of the reports given.

    The rows of `meaning` and `words` have length one; `hours` count from the epoch, `crowd` is how busy the days are,
    `language`, `numbers` and `ordinals` have a column for each value.
    """

    def __init__(self, reports: Sequence[Report], vectors: Sequence[bytes]) -> None:
        headlines = [wording.headline(report.title, report.outlet_name) for report in reports]
        self.meaning = _centred(meaning.vectors(vectors))
        self.words = _weighted_words(headlines)
        self.hours = np.array([report.reported_at.timestamp() / 3600 for report in reports])
        self.crowd = _crowd(self.hours)
        self.language = _incidence([frozenset({report.language or ""}) for report in reports])
        stated = [facts.facts_of(h, r.language) for h, r in zip(headlines, reports, strict=True)]
        self.ordinals = _incidence([of.ordinals for of in stated])
        self.numbers = _incidence([frozenset(n for n in of.numbers if not _YEAR.fullmatch(n)) for of in stated])

    def scores(self, left: npt.NDArray[np.intp], right: npt.NDArray[np.intp]) -> Vectors:
        """Scores of every left report (rows) with every right one (columns), none below `FLOOR`."""
        same = self.meaning[left] @ self.meaning[right].T
        words = np.sqrt(np.maximum(self.words[left] @ self.words[right].T, 0))
        days = np.abs(self.hours[left][:, None] - self.hours[right][None, :]) / 24
        score = (
            _BASE
            + _MEANING * same
            + _WORDS * words
            + _FOREIGN * (self.language[left] @ self.language[right].T == 0)
            + _PER_DAY * days
            + _CROWD * (self.crowd[left][:, None] + self.crowd[right][None, :]) / 2
            + _ORDINALS_DIFFER * _differ(self.ordinals[left], self.ordinals[right])
            + _NUMBERS_DIFFER * _differ(self.numbers[left], self.numbers[right])
        )
        score[days > WINDOW / timedelta(days=1)] = FLOOR
        return np.asarray(np.maximum(score, FLOOR), dtype=np.float32)

    def explain(self, left: int, right: int) -> str:
        """What a score between two reports rests on, in words."""
        same = float(self.meaning[left] @ self.meaning[right])
        words = float(self.words[left] @ self.words[right])
        hours = abs(self.hours[left] - self.hours[right])
        return f"Meaning agrees {same:.2f}, words {words:.2f} (1 is equal), {hours:.0f} hours apart"


def _differ(left: Vectors, right: Vectors) -> npt.NDArray[np.bool_]:
    """Whether each of two reports states something that the other does not, as rows of what they state."""
    shared = left @ right.T
    return np.asarray((left.sum(axis=1)[:, None] > shared) & (right.sum(axis=1) > shared), dtype=np.bool_)


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
    weight = {gram: log(size / (count + ordinary.get(gram, 0) + 1)) for gram, count in frequency.items()}
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
