"""What the neighbours of a word tell in English, Spanish and Portuguese: clause breaks, noun or verb, what governs a name.

All of it reads folded text: lower case without accents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Colons, dashes, semicolons and bars part the clauses of a headline.
_HARD = re.compile(r"[:;|]\s|\s-{1,2}\s|\.\s")
_SOFT = re.compile(
    r"\b(?:that|which|who|whose|que|quien|quienes|quem|mientras|enquanto|while|because|porque|but|pero|mas|although|"
    r"though|aunque|embora|when|cuando|quando|as|after|tras|luego de|despues de|apos|depois de|before|antes de|until|"
    r"so|pues|if|si|para que)\b"
)
_COORDINATED = re.compile(r"\s*(?:,|\by\b|\be\b|\band\b|&|-|/)\s*(?:(?:the|el|la|los|las|o|a|os|as)\s+)?")
_BEFORE = re.compile(r"([\w'-]+|[^\w\s])\s*$")
_WORD_AFTER = re.compile(r"\s*([\w'-]+|[^\w\s])")
_WORDS = re.compile(r"[\w'-]+|[^\w\s]")

ARTICLES = frozenset(
    "the a an el la los las un una unos unas o os as um uma its their his her su sus seu sua seus suas".split()
)
OWNS = frozenset("of de del do da dos das by por pelo pela pelos pelas".split())
"""Prepositions that name whose act a noun is."""
AGENT = frozenset("by por pelo pela pelos pelas".split())
AIMS = frozenset("on against to in at off near over contra a al en em no na nos nas ao aos sobre hacia toward towards".split())
"""Prepositions that name at whom or where an act is aimed."""
FROM = frozenset("from desde in en em no na".split())
PARTNER = frozenset("with con com between entre".split())
ASIDE = (
    OWNS | AIMS | FROM | PARTNER
    | frozenset("for para amid under after tras apos since ante bajo sob despite before until about during".split())
)
"""Prepositions whose names are not the subject of a clause."""

_DETERMINERS = (ARTICLES - {"a", "o", "os", "as", "la", "los", "las"}) | OWNS | PARTNER | frozenset(
    "the this that these those on in over after amid despite under at from for since during new latest more "
    "otro otra este esta ese esa nuevo nueva nuevos nuevas tras ante sin bajo en durante apos sob sem no na nos nas ao "
    "el la los las o os as a another first second two three several".split()
)
_TITLES = ARTICLES | frozenset(
    "president presidente presidenta lider leader gobierno government governo administration administracion regimen "
    "administracao ministro ministra minister regime secretary secretario secretaria vice state-run former ex exiled "
    "interim deposed alleged suspected new costa costas coast mandatario dictador dictator opposition opositora "
    "opositor lider ousted captured then senior top".split()
)
_AUXILIARIES = frozenset(
    "to will would could may might can should must not n't do does did didn't doesn't don't won't and or also jointly who "
    "people officials".split()
)
_AIMED = frozenset("on against at near off over of in contra a al en em na no ao de del do da dos by por que from".split())


def hard_breaks(text: str) -> Iterator[int]:
    """Where a clause ends for verbs and nouns alike."""
    yield from (match.end() for match in _HARD.finditer(text))


def soft_breaks(text: str) -> Iterator[int]:
    """Where a clause ends for verbs: conjunctions and relatives."""
    yield from (match.start() for match in _SOFT.finditer(text))


def word_before(text: str, start: int) -> str:
    match = _BEFORE.search(text, max(0, start - 30), start)
    return match.group(1) if match else ""


def word_after(text: str, end: int) -> str:
    match = _WORD_AFTER.match(text, end)
    return match.group(1) if match else ""


def are_coordinated(text: str, start: int, end: int) -> bool:
    """Whether only "and" or a comma stands between."""
    return bool(_COORDINATED.fullmatch(text, start, end))


def follows_determiner(text: str, start: int) -> bool:
    """Whether an article or a possessive stands right before a word, which makes it a noun."""
    before = word_before(text, start)
    return before in {"the", "a", "an", "el", "un", "una", "los", "del", "al", "um", "uma", "its", "this"} or before.endswith("'s")


def is_noun_here(text: str, start: int, end: int) -> bool:
    """Whether a word that can be a noun or a verb is a noun: after a determiner or before "on", "against", "de"."""
    before = word_before(text, start)
    if before in _DETERMINERS or before.endswith("'s") or before in {'"', "'"}:
        return True
    if before in {"to", "will", "would", "could", "may", "se", "not", "no", "y", "and"}:
        return False
    after = word_after(text, end)
    return after in _AIMED or after in {"", ".", ",", "and", "y", "e", "as", "with", "for"}


def is_plural_verb(text: str, start: int, is_named: bool) -> bool:
    """Whether an English base form can be a verb here: after "to", an auxiliary, a plural or two names together."""
    before = word_before(text, start)
    return before in _AUXILIARIES or (before.endswith("s") and before not in {"us", "its", "'s"}) or is_named


def is_attributive(text: str, start: int, end: int) -> bool:
    """Whether a participle stands before its noun as an adjective: "the sanctioned tanker", "deposed leader"."""
    before, after = word_before(text, start), word_after(text, end)
    follows = before in _DETERMINERS or before in {"", "of", "two", "against", "-"} or before.endswith("-")
    return follows and after.isalpha() and after not in ASIDE and after not in ARTICLES


def governor(text: str, start: int) -> str:
    """The word that governs a name: the one before it, past articles and titles."""
    words = _WORDS.findall(text[max(0, start - 60) : start])
    while words and words[-1] in _TITLES:
        words.pop()
    return words[-1] if words else ""
