"""Text without what surrounds it: outlet names, kickers, place-lines, agency credits and links to elsewhere."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from tomllib import loads

from tasks.grouping import agencies

MAX_CHARS = 2_000
"""Characters of a text that are compared: a lead is shorter, a bound for what is not one."""

# Combining accents, soft hyphens, zero-width and direction marks: agencies' pages are strewn with them.
_MARKS = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_INITIALS = re.compile(r"\b(?:[^\W\d_]{1,2}\.\s?){2,}")
_MAX_INITIAL = 3
"""Characters between two points of initials: a sign of white space and two letters."""
_BAR = re.compile(r"\s+(?:[-–—·•»]|::)\s+|\s*\|\s+")
# What a kicker ends with, and a part of a title.
_SEPARATOR = re.compile(r"[-–—·•»|:]")
_ENDING_CHARS = 420
_MAX_OUTLET_WORDS = 6
_MIN_HEADLINE_WORDS = 4
# A capitalised word, an abbreviation, a number, or a particle inside a name ("Rio de Janeiro").
_DAY = r"\d{1,2}(?:\s+(?:de\s+)?[^\W\d_]{3,10}\.?)?|[^\W\d_]{3,10}\.?\s+\d{1,2}"
_PLACE_WORD = rf"(?:{_DAY}|[^\W\d_a-zß-ÿ][\w.'’-]*|d[aeo]s?|del|la|el|y|e|and|of)"
_PLACE = rf"{_PLACE_WORD}(?:[\s,/]{{1,3}}{_PLACE_WORD}){{0,9}}"
_DASH = r"\s*[.,]?\s*(?:[-–—:]{1,3}|\.)\s*"
_SIGNED = re.compile(rf"(?:{_PLACE}[\s,.]{{0,3}})?\((?P<credit>[^()]{{2,60}})\){_DASH}")
_SHOUTED = re.compile(r"[^\W\d_a-zß-ÿ]{3,}(?:[\s,./]{1,3}[^\W\d_][\w.]*){0,5}\s*(?:--|[–—]|\s-)\s+")
# What stands at a pattern's beginning as it is; a sign that may be missing or repeated is not sure to.
_OPENING = re.compile(r"(?:[\w -](?![?*{]))*")
_DOUBLE_DASH = re.compile(rf"{_PLACE}\s*--\s+")


def fold(text: str) -> str:
    """Lower case, without accents and invisible signs."""
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold()


def tokens(text: str) -> list[str]:
    """Words and numbers of a text, folded; a number keeps its separators, initials lose their dots."""
    folded = fold(text[:MAX_CHARS])
    return _TOKEN.findall(_INITIALS.sub(_undotted, folded) if _may_have_initials(folded) else folded)


def raised(title: str) -> list[str]:
    """Words of a headline that begin with a capital, folded, without its first word."""
    return [
        word for token in title.split()[1:] if token.lstrip("\"'“‘«¿¡(")[:1].isupper() for word in tokens(token)[:1]
    ]


# Asked once for copies and once for stories.
@lru_cache(maxsize=8_000)
def headline(title: str, outlet_name: str = "") -> str:
    """A title without kicker and without the outlet's name before or after it."""
    shown = title[:MAX_CHARS].strip()
    if not _SEPARATOR.search(shown):
        return shown
    return _without_outlet(_kicker().sub("", shown, count=1), fold(outlet_name))


def lead(summary: str) -> str:
    """A summary without place-line, agency credits and links to elsewhere."""
    text = _without_ending(summary[:MAX_CHARS].strip())
    found = _SIGNED.match(text[:160]) or _DOUBLE_DASH.match(text[:160]) or _SHOUTED.match(text[:160])
    if found:
        text = text[found.end() :]
    return agencies.without_credits(text).strip()


def _may_have_initials(folded: str) -> bool:
    """Whether two points stand so close that initials may end there: asked first, since few texts have any."""
    return any(len(between) <= _MAX_INITIAL for between in folded.split(".")[1:-1])


def _undotted(initials: re.Match[str]) -> str:
    return initials.group().replace(".", "").replace(" ", "") + " "


def _without_ending(text: str) -> str:
    ending = text[-_ENDING_CHARS:]
    folded = ending.casefold()
    # Asked first, since few texts have any, and the whole pattern is tried at every sign.
    if not any(opening in folded for opening in _openings()):
        return text
    return text[:-_ENDING_CHARS] + _ending().sub("", ending)


def _without_outlet(title: str, outlet: str) -> str:
    bars = list(_BAR.finditer(title))
    for bar in reversed(bars):
        before, after = title[: bar.start()], title[bar.end() :]
        if len(before.split()) >= _MIN_HEADLINE_WORDS and _is_outlet(after, outlet):
            return _without_outlet(before, outlet)
    if bars and outlet and fold(title[: bars[0].start()]) == outlet:
        return title[bars[0].end() :]
    return title


def _is_outlet(segment: str, outlet: str) -> bool:
    """Whether a title's last part is a publisher's name: the known one, or a few words that are all capitalised."""
    if outlet and fold(segment) == outlet:
        return True
    words = segment.split()
    named = [word for word in words if len(word) > 3 or word[:1].isupper()]
    return 0 < len(words) <= _MAX_OUTLET_WORDS and bool(named) and all(_is_name(word) for word in named)


def _is_name(word: str) -> bool:
    return word[:1].isupper() or word[:1].isdigit() or "." in word[1:-1]


@cache
def _kicker() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(_boilerplate('kickers'))})\s*(?:::|[-–—|:])\s*", re.IGNORECASE)


@cache
def _ending() -> re.Pattern[str]:
    tails = "|".join((*_boilerplate("tails"), *_boilerplate("fillers")))
    credits_ = "|".join(_boilerplate("credits"))
    return re.compile(rf"(?:[\s.;(\[]*(?:{tails})|[.;(\[]\s*(?:{credits_}))$", re.IGNORECASE)


@cache
def _openings() -> tuple[str, ...]:
    """The words that each ending begins with, as far as its pattern has them as they are; empty where it has none."""
    patterns = (*_boilerplate("tails"), *_boilerplate("fillers"), *_boilerplate("credits"))
    return tuple(_OPENING.match(pattern)[0].casefold() for pattern in patterns)  # type: ignore[index]


def _boilerplate(kind: str) -> tuple[str, ...]:
    return tuple(_seed()[kind])


@cache
def _seed() -> dict[str, list[str]]:
    return loads(resources.files("seeds").joinpath("boilerplate.toml").read_text(encoding="utf-8"))
