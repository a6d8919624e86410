"""Which articles republish another one's text: the same opening, or the same headline where there is no more.

What looks alike is not always a copy: the next death toll, the next day's horoscope and the next licence are written
on the same form. Where two texts state numbers, ordinals, days or names that do not agree, they are not copies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from tasks.grouping import agencies, facts, shingles, wording
from tasks.grouping.components import components
from tasks.grouping.facts import Facts
from tasks.grouping.shingles import Numbers
from warehouse.model import Link, Report, Words

Bands = Mapping[str, Sequence[int]]
"""Bands by article."""

WINDOW = timedelta(hours=120)
"""Longest time between an article and its copy. Of 154 pairs of equal headlines in different outlets, 94 % lie within
120 hours, none more within a week, and 95 % within two weeks."""
MAX_BAND = 100
"""A band that more articles share is no evidence: they have a form in common, not a text."""

MAX_REMEMBERED = 4_000
"""Texts whose fingerprints are kept for the next batch, of 10 KB each."""

MIN_OPENING = 12
MIN_HEADLINE = 5
"""Fewest word pairs that can be told from chance."""
_SHORT_OPENING = 20
_LONG_OPENING = 35
_OPENING_SHARE = 0.6
_SHORT_SHARE = 0.75
_FORM = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What of an article is compared."""

    report: Report
    headline: Numbers
    opening: Numbers
    words: frozenset[str]
    shown: str
    lead: str

    @property
    def bands(self) -> tuple[int, ...]:
        return bands_of(self.report.words)

    @property
    def raised(self) -> frozenset[str]:
        return frozenset(wording.raised(self.shown))

    @property
    def in_headline(self) -> Facts:
        return facts.facts_of(self.shown, self.report.language)

    @property
    def in_opening(self) -> Facts:
        return facts.facts_of(self.lead, self.report.language)


@dataclass(frozen=True, slots=True)
class Copies:
    """The links that were found, and the original of each new article that is a copy."""

    links: tuple[Link, ...]
    originals: Mapping[str, str]


def fingerprint(report: Report) -> Fingerprint:
    """What of an article is compared."""
    return Fingerprint(report, *_compared(wording.headline(report.title, report.outlet_name), report.text))


def bands_of(words: Words) -> tuple[int, ...]:
    """What of an article the warehouse keeps for others to find it by."""
    headline = wording.tokens(wording.headline(words.title, words.outlet_name))
    opening = shingles.opening_words(wording.lead(words.text))
    return shingles.bands(shingles.pairs_of(headline), shingles.pairs_of(opening))


# An article is looked at when it is grouped, and with each later batch of the run.
@lru_cache(maxsize=MAX_REMEMBERED)
def _compared(shown: str, text: str) -> tuple[Any, ...]:
    """The fields of a fingerprint that follow from the words, the headline as it is compared."""
    lead = wording.lead(text)
    words = wording.tokens(shown)
    return (
        shingles.numbers(words),
        shingles.numbers(shingles.opening_words(lead)),
        frozenset(words),
        shown,
        " ".join(lead.split()[: shingles.OPENING_WORDS]),
    )


def find_copies(new: Sequence[Report], candidates: Sequence[Report], bands: Bands | None = None) -> Copies:
    """The copies among new articles, of each other and of stored ones.

    Args:
        new: articles of a batch that are new or have other words; their order does not matter.
        candidates: stored articles that share a band with one of them within `WINDOW`.
        bands: those of the articles, as far as they are known: of stored ones, those that new ones have.
    """
    fresh = [fingerprint(report) for report in sorted(new, key=lambda report: report.age_rank)]
    stored = [fingerprint(report) for report in sorted(candidates, key=lambda report: report.age_rank)]
    found = [link for pair in meetings(fresh, stored, bands or {}) if (link := judge(*pair))]
    return _settle(found, new, candidates)


def meetings(
    fresh: Sequence[Fingerprint], stored: Sequence[Fingerprint], bands: Bands
) -> Iterator[tuple[Fingerprint, Fingerprint]]:
    """Pairs of a new article and another one that share a band and lie within the window, each pair once."""
    holders: defaultdict[int, list[int]] = defaultdict(list)
    prints = [*stored, *fresh]
    held = [set(bands.get(one.report.article_id) or one.bands) for one in prints]
    for position, its_bands in enumerate(held):
        for band in its_bands:
            holders[band].append(position)
    for position in range(len(stored), len(prints)):
        shared = (holders[band] for band in held[position] if len(holders[band]) <= MAX_BAND)
        earlier = {other for positions in shared for other in positions if other < position}
        for other in sorted(earlier):
            if abs(prints[position].report.reported_at - prints[other].report.reported_at) <= WINDOW:
                yield prints[position], prints[other]


def judge(left: Fingerprint, right: Fingerprint) -> Link | None:
    """A link from the later to the earlier of two articles if one republishes the other, else None."""
    is_long = min(len(left.opening), len(right.opening)) >= MIN_OPENING
    link = _by_opening(left, right) if is_long else _by_headline(left, right)
    # What they state is asked last: few pairs come so far, and it takes longest to read.
    return link if link and not _disagree(left, right) else None


def _by_opening(left: Fingerprint, right: Fingerprint) -> Link | None:
    share = shingles.containment(left.opening, right.opening)
    titles = shingles.resemblance(left.headline, right.headline)
    length = min(len(left.opening), len(right.opening))
    # A short opening under quite another headline is a form ("Information provided by …") or a phrase they share.
    is_form = length < _SHORT_OPENING and titles < 0.15
    needed = _OPENING_SHARE if length >= _LONG_OPENING or titles >= 0.3 else _SHORT_SHARE
    if share < needed or is_form:
        return None
    return _link(left, right, share, f"{share:.0%} of the shorter opening's word pairs stand in the other one's")


def _by_headline(left: Fingerprint, right: Fingerprint) -> Link | None:
    """Headlines alone say less, so they must agree more; one outlet's headline that returns next day is a rubric."""
    share = shingles.resemblance(left.headline, right.headline)
    words = len(left.words & right.words) / max(1, min(len(left.words), len(right.words)))
    is_near = (share >= 0.62 and words >= 0.9) or (share >= 0.5 and words == 1)
    is_long = min(len(left.headline), len(right.headline)) >= MIN_HEADLINE
    one, other = left.report, right.report
    is_rubric = one.outlet_id == other.outlet_id and abs(one.reported_at - other.reported_at) > _FORM
    if not is_near or not is_long or is_rubric:
        return None
    return _link(left, right, share, f"Headlines share {share:.0%} of their word pairs, and one has no other text")


def _link(left: Fingerprint, right: Fingerprint, similarity: float, reason: str) -> Link:
    earlier, later = sorted((left.report, right.report), key=lambda report: report.age_rank)
    agency = agencies.agency_of(earlier.text) or agencies.agency_of(later.text)
    credit = f"; it is credited to {agency}" if agency else ""
    return Link(later.article_id, earlier.article_id, "copy", round(similarity, 4), reason + credit)


def _disagree(left: Fingerprint, right: Fingerprint) -> bool:
    """Whether two texts state facts that no copying explains."""
    a, b = left.in_headline, right.in_headline
    c, d = left.in_opening, right.in_opening
    return (
        _differ(a.numbers, b.numbers)
        or _differ(a.ordinals, b.ordinals)
        or _apart(a.dates | c.dates, b.dates | d.dates)
        or _apart(a.weekdays | c.weekdays, b.weekdays | d.weekdays)
        or _mostly_apart(c.numbers, d.numbers)
        or _other_names(left, right)
    )


def _differ(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether each side states something that the other does not."""
    return bool(left - right) and bool(right - left)


def _apart(left: Set[Any], right: Set[Any]) -> bool:
    return bool(left) and bool(right) and not left & right


def _mostly_apart(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether both sides state several things, and not more than half of the fewer ones agree."""
    fewer = min(len(left), len(right))
    return fewer >= 2 and 2 * len(left & right) <= fewer


def _other_names(left: Fingerprint, right: Fingerprint) -> bool:
    """Whether headlines on the same form name others ("… for Haitians", "… for Nicaraguans")."""
    is_own = left.report.outlet_id == right.report.outlet_id
    if shingles.resemblance(left.headline, right.headline) < (1 / 3 if is_own else 0.4):
        return False
    return bool(left.raised - right.words) and bool(right.raised - left.words)


def _settle(found: Sequence[Link], new: Sequence[Report], candidates: Sequence[Report]) -> Copies:
    """One original for each group of copies, a stored one where there is one; one link for each new copy."""
    reports = {report.article_id: report for report in (*candidates, *new)}
    fresh = {report.article_id for report in new}
    touching: defaultdict[str, list[Link]] = defaultdict(list)
    for link in found:
        touching[link.left_id].append(link)
        touching[link.right_id].append(link)
    originals: dict[str, str] = {}
    for group in components((link.left_id, link.right_id) for link in found):
        original = _original([reports[article_id] for article_id in group], fresh)
        originals |= {article_id: original for article_id in group & fresh if article_id != original}
    links = {_best(touching[copy], original) for copy, original in originals.items()}
    return Copies(tuple(sorted(links, key=lambda link: (link.left_id, link.right_id))), originals)


def _original(group: Sequence[Report], fresh: set[str]) -> str:
    """What the earliest stored article of a group stands for, else its earliest article."""
    stored = [report for report in group if report.article_id not in fresh]
    first = min(stored or group, key=lambda report: report.age_rank)
    return first.copy_of_article_id or first.article_id


def _best(links: Sequence[Link], original: str) -> Link:
    """The link that leads to the original, else the strongest."""
    return min(links, key=lambda link: (original not in (link.left_id, link.right_id), -link.similarity, link))
