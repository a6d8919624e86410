"""What in a text tells one event from the next like it: numbers, ordinals, dates and weekdays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from tomllib import loads
from typing import Any

from tasks.grouping import wording

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?")
_ORDINAL_SIGN = re.compile(r"\s?(?:st|nd|rd|th|º|ª|°|er|ra|ro|do|da|to|ta|mo|ma|vo|va|no|na)\b|[ºª°]", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


@dataclass(frozen=True, slots=True)
class Facts:
    """Numbers in digits ("1234", "3.5"), ordinals as numbers, dates as (month, day), weekdays 1 to 7."""

    numbers: frozenset[str] = frozenset()
    ordinals: frozenset[str] = frozenset()
    dates: frozenset[tuple[int, int]] = frozenset()
    weekdays: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Words:
    """What words of one language mean."""

    cardinals: Mapping[str, int]
    ordinals: Mapping[str, int]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]


# Asked once for copies and once for stories, and again with each later batch of the run.
@lru_cache(maxsize=8_000)
def facts_of(text: str, language: str | None) -> Facts:
    """The facts of a text; words for numbers and days are read in English, Spanish and Portuguese, digits in any."""
    text = text[: wording.MAX_CHARS]
    words = _words().get(language or "", _Words({}, {}, {}, {}))
    found = list(_WORD.finditer(text))
    folded = [wording.fold(match.group()) for match in found]
    ordinals = {str(words.ordinals[word]) for word in folded if word in words.ordinals}
    numbers = {str(words.cardinals[word]) for word in folded if word in words.cardinals}
    dates, of_dates = _dates(folded, words.months)
    for position, match in enumerate(found):
        if match.group()[0].isdigit() and position not in of_dates:
            is_ordinal = _ORDINAL_SIGN.match(text, match.end()) is not None
            (ordinals if is_ordinal else numbers).add(number(match.group()))
    weekdays = {words.weekdays[word] for word in folded if word in words.weekdays}
    return Facts(frozenset(numbers), frozenset(ordinals), frozenset(dates), frozenset(weekdays))


def number(digits: str) -> str:
    """A number as one spelling: no thousands separators, a point for decimals, no empty decimals."""
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", "")
    whole, _, decimals = digits.replace(",", ".").partition(".")
    whole, decimals = whole.lstrip("0") or "0", decimals.rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


def _dates(words: list[str], months: Mapping[str, int]) -> tuple[set[tuple[int, int]], set[int]]:
    """Days of months ("3 de enero", "Jan 3"), and the positions of the numbers in them."""
    dates, positions = set(), set()
    for position, word in enumerate(words):
        if word in months:
            for beside in _beside(words, position):
                if words[beside].isdigit() and 1 <= int(words[beside][:3]) <= 31:
                    dates.add((months[word], int(words[beside])))
                    positions.add(beside)
                    break
    return dates, positions


def _beside(words: list[str], position: int) -> Iterator[int]:
    """Where the day of a month can stand: after it, before it, before "de"."""
    if position + 1 < len(words):
        yield position + 1
    if position >= 1:
        yield position - 1
    if position >= 2 and words[position - 1] == "de":
        yield position - 2


@cache
def _words() -> dict[str, _Words]:
    seed = loads(resources.files("seeds").joinpath("numerals.toml").read_text(encoding="utf-8"))
    return {language: _Words(**{kind: _values(kinds[kind]) for kind in kinds}) for language, kinds in seed.items()}


def _values(listed: Mapping[str, Any]) -> dict[str, int]:
    numbered = enumerate(listed["words"], start=listed["start"])
    return {word: value for value, spellings in numbered for word in spellings.split("|") if word}
