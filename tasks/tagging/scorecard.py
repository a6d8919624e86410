"""How right the labels are: relevance, topics and language against items that people have labelled by the codebook."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tasks.scorecard import Cell, Section, Tally
from tasks.tagging import calibration, language, scoring, seedbook
from warehouse.model import Labels

NAMES = {"en": "English", "es": "Spanish", "pt": "Portuguese"}
SHOWN_RULES = 12
SCORE_BANDS = (0.0, 0.05, 0.5, 0.9, 0.97, 1.0)
ENOUGH = 20
"""With fewer labelled examples, a topic's figures say little."""

# The simplest rule that a reader would try: a word of Venezuela and a word of the United States, anywhere in the item.
_VENEZUELA = re.compile(r"venezuel|venezol|caracas|maduro", re.IGNORECASE)
_UNITED_STATES = re.compile(
    r"\bUS\b|\bU\.S\b|\bEUA\b|(?i:united states|estados unidos|ee\.? ?uu|trump|washington|white house|casa blanca)"
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled item, and the labels that the tagger gives it."""

    item: Mapping[str, Any]
    labels: Labels
    rule_id: str
    """The rule of relevance that decided it."""

    @property
    def is_relevant(self) -> bool:
        return bool(self.item["level"])

    @property
    def language(self) -> str:
        return str(self.item.get("lang") or "unknown")

    def field(self, name: str) -> str:
        return str(self.item.get(name) or "")


def sections(judged: Sequence[Judged]) -> Iterator[Section]:
    """All that labelled items can tell of the tagger."""
    yield relevance(judged)
    yield rules(judged)
    yield scores(judged)
    yield topics(judged)
    yield languages(judged)
    yield from scoring.sections([(item.item, item.labels) for item in judged])


# --- relevance ---------------------------------------------------------------------------------


def relevance(judged: Sequence[Judged]) -> Section:
    """Relevant or not, overall, by language and by stratum, beside the simplest rule."""
    strata = _grouped([one for one in judged if "stratum" in one.item], lambda one: f"stratum {one.item['stratum']}")
    groups = {"all": judged, **_by_language(judged), **strata}
    rows = [(name, len(group), *_relevance(group, _is_found).cells()) for name, group in groups.items()]
    baseline = ("baseline: a Venezuela word and a US word", len(judged), *_relevance(judged, _has_both_words).cells())
    return Section(
        name="relevance",
        title="Relevance",
        about="Whether an item is about the affair (level 1 or 2) or not.",
        columns=("of", "items", *Tally.COLUMNS),
        rows=(rows[0], baseline, *rows[1:], _levels(judged)),
        mistakes=tuple(_mistake("relevance", one) for one in judged if one.is_relevant != one.labels.is_relevant),
    )


def _relevance(judged: Sequence[Judged], verdict: Callable[[Judged], bool]) -> Tally:
    tally = Tally()
    for one in judged:
        tally.add({True} if one.is_relevant else set(), {True} if verdict(one) else set())
    return tally


def _is_found(one: Judged) -> bool:
    return one.labels.is_relevant


def _has_both_words(one: Judged) -> bool:
    text = " ".join(map(one.field, ("title", "summary", "text")))
    return bool(_VENEZUELA.search(text) and _UNITED_STATES.search(text))


def _levels(judged: Sequence[Judged]) -> tuple[Cell, ...]:
    """Core among what is relevant by the labels and by the tagger alike."""
    both = [one for one in judged if one.is_relevant and one.labels.is_relevant]
    tally = Tally()
    for one in both:
        tally.add({True} if one.item["level"] == 2 else set(), {True} if one.labels.level == 2 else set())
    return "core (level 2) among relevant ones", len(both), *tally.cells()


def rules(judged: Sequence[Judged]) -> Section:
    """The rules that decide most, and how often each is right."""
    counts = Counter(one.rule_id for one in judged)
    right = Counter(one.rule_id for one in judged if one.is_relevant == one.labels.is_relevant)
    return Section(
        name="rules",
        title="Rules that decide most",
        about="Each item is decided by one rule of `seeds/relevance.toml`; `no-rule` and `unread` stand for none.",
        columns=("of", "items", "right", "share right"),
        rows=tuple((name, count, right[name], right[name] / count) for name, count in counts.most_common(SHOWN_RULES)),
    )


def scores(judged: Sequence[Judged]) -> Section:
    """Whether a score is the probability it is meant to be, each item's fitted without its own fifth of the items."""
    decisions = {str(one.item["id"]): (one.rule_id, one.is_relevant) for one in judged}
    predicted = calibration.predictions(decisions, seedbook.load().relevance_rules)
    bands = {
        f"{low:.2f} to {high:.2f}": [
            name for name, score in predicted.items() if low <= score < high or score == high == 1
        ]
        for low, high in pairwise(SCORE_BANDS)
    }
    rows = [
        (band, len(names), _mean(predicted[name] for name in names), _mean(decisions[name][1] for name in names))
        for band, names in bands.items()
    ]
    brier = _mean((predicted[name] - is_relevant) ** 2 for name, (_, is_relevant) in decisions.items())
    share = _mean(is_relevant for _, is_relevant in decisions.values()) or 0.0
    return Section(
        name="scores",
        title="Scores as probabilities",
        about=f"Fitted on four fifths, read off the fifth. Brier score {brier or 0:.3f}; one score for all would have "
        f"{share * (1 - share):.3f}.",
        columns=("score", "items", "mean score", "share relevant"),
        rows=tuple(rows),
    )


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None


# --- topics ------------------------------------------------------------------------------------


def topics(judged: Sequence[Judged]) -> Section:
    """The topics of relevant items: all together, and each."""
    relevant = [one for one in judged if one.is_relevant]
    names = sorted({topic for one in relevant for topic in one.item["topics"]}, key=lambda t: -_examples(relevant, t))
    cuts: dict[str, set[str]] = {"all, micro-averaged": set(names), **{name: {name} for name in names}}
    rows = [(cut, _examples(relevant, *wanted), *_topics(relevant, wanted).cells()) for cut, wanted in cuts.items()]
    return Section(
        name="topics",
        title="Topics",
        about=f"Topics of the {len(relevant)} relevant items. Below {ENOUGH} labelled examples a figure says little.",
        columns=("of", "labelled", *Tally.COLUMNS),
        rows=tuple(rows),
        mistakes=tuple(_mistake("topics", one) for one in relevant if set(one.item["topics"]) != _found_topics(one)),
    )


def _examples(relevant: Sequence[Judged], *names: str) -> int:
    return sum(name in one.item["topics"] for one in relevant for name in names)


def _topics(relevant: Sequence[Judged], wanted: set[str]) -> Tally:
    tally = Tally()
    for one in relevant:
        tally.add(wanted & set(one.item["topics"]), wanted & _found_topics(one))
    return tally


def _found_topics(one: Judged) -> set[str]:
    return {label.topic for label in one.labels.topics}


# --- language ----------------------------------------------------------------------------------


def languages(judged: Sequence[Judged]) -> Section:
    """The language of titles alone, and of titles with their summaries, as it is told of articles."""
    known = [one for one in judged if one.item.get("lang")]
    groups = {"all": known, **_by_language(known)}
    return Section(
        name="language",
        title="Language",
        about="Share of items whose language is told rightly, where the feed does not say it.",
        columns=("of", "items", "by title alone", "by title and summary"),
        rows=tuple(
            (name, len(group), _told(group, is_summary_read=False), _told(group, is_summary_read=True))
            for name, group in groups.items()
        ),
        mistakes=tuple(
            {**_mistake("language", one), "given": one.language, "found": found}
            for one in known
            if (found := _tell(one, is_summary_read=False)) != one.language
        ),
    )


def _told(group: Sequence[Judged], *, is_summary_read: bool) -> float | None:
    right = sum(_tell(one, is_summary_read=is_summary_read) == one.language for one in group)
    return right / len(group) if group else None


def _tell(one: Judged, *, is_summary_read: bool) -> str | None:
    return language.detect(one.field("title"), one.field("summary") if is_summary_read else "", None)


# --- cuts --------------------------------------------------------------------------------------


def _by_language(judged: Sequence[Judged]) -> dict[str, Sequence[Judged]]:
    return _grouped(judged, lambda one: NAMES.get(one.language, one.language))


def _grouped(judged: Sequence[Judged], name: Callable[[Judged], str]) -> dict[str, Sequence[Judged]]:
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        groups.setdefault(name(one), []).append(one)
    return dict(sorted(groups.items()))


def _mistake(section: str, one: Judged) -> dict[str, Any]:
    return {
        "section": section,
        "id": one.item["id"],
        "title": one.field("title"),
        "given": {"level": one.item["level"], "topics": one.item["topics"]},
        "found": {"level": one.labels.level, "topics": sorted(_found_topics(one))},
        "rule": one.rule_id,
        "evidence": [f"{evidence.field}:{evidence.start} {evidence.text}" for evidence in one.labels.evidence],
    }
