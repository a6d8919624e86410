"""What the neighbours of a word tell, in three languages: clause breaks, noun or verb, what governs a name.

All of it reads folded text: lower case without accents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

# Colons, dashes, semicolons and bars part the clauses of a headline.
_HARD = re.compile(r"[:;|]\s|\s-{1,2}\s")
_DATELINE = re.compile(r"^.{0,80}?(?:\([a-z .]{2,20}\)\s*[-.]+\s|[a-z]{3,9}\.? \d{1,2}\s+-+\s)")
_SOFT = re.compile(
    r"\b(?:that|which|who|whose|que|quien|quienes|quem|mientras|enquanto|while|because|porque|but|pero|mas(?! de\b)|"
    r"although|though|aunque|embora|when|cuando|quando|as|after|tras|luego de|despues de|apos|depois de|before|"
    r"antes de|until|so|pues|if|si|para que)\b"
)
_COORDINATED = re.compile(
    r"\.?\s*(?:,|\by\b|\be\b|\band\b|&|-|/)\s*(?:(?:the|el|la|los|las|o|a|os|as)\s+)?"
    r"(?:(?:\w+ ){1,3}(?:of|in|de|en|del|da|do) (?:la |the )?)?"
)
_BEFORE = re.compile(r"([\w'-]+|[^\w\s])\s*$")
_WORD_AFTER = re.compile(r"\s*([\w'-]+|[^\w\s])")
_WORDS = re.compile(r"[\w'-]+|[^\w\s]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARTICLES = _words("the a an el la los las un una unos unas o os as um uma its their his her su sus seu sua seus suas")
OWNS = _words("of de del do da dos das by por pelo pela pelos pelas")
"""Prepositions that name whose act a noun is."""
AGENT = _words("by por pelo pela pelos pelas")
AIMS = _words("on against to in at off near over contra a al en em no na nos nas ao aos sobre hacia toward towards")
"""Prepositions that name at whom or where an act is aimed."""
FROM = _words("from desde in en em no na")
OF = _words("de del do da dos das")
JOINS = _words("and or y e o u ou")
PARTNER = _words("with con com between entre")
BESIDE = _words(
    "ante before amid after tras apos despite under during since with con com between entre by por pelo pela desde"
)
"""Prepositions whose names are not what a verb acts on."""
ASIDE = (
    OWNS
    | AIMS
    | FROM
    | PARTNER
    | _words("for para amid under after tras apos since ante bajo sob despite before until about during")
)
"""Prepositions whose names are not the subject of a clause."""
CONJUNCTIONS = _words("after before since until")
"""Those of them that also open a clause, with its subject behind them."""

_DETERMINERS = (
    (ARTICLES | OWNS | PARTNER)
    | _words("this that these those on in against over after amid despite under at from for since during")
    | _words(
        "now then all any some most many other illegally currently previously newly already new latest more another "
        "first second two three several tras ante "
        "sin bajo en durante apos sob sem oil gas gold trade economic energy financial food face faces facing"
    )
    | _words("otro otra este esta ese esa nuevo nueva nuevos nuevas no na nos nas ao")
)
_SURE_DETERMINERS = _words("the a an el un una los del al um uma its this")
_TITLES = ARTICLES | _words(
    "president presidente presidenta lider leader gobierno government governo administration administracion regimen "
    "administracao ministro ministra minister regime secretary secretario secretaria vice state-run former ex exiled "
    "interim deposed alleged suspected new costa costas coast mandatario dictador dictator opposition opositora "
    "opositor lider ousted captured then senior top"
)
_AGENT_IN_COMPOUND = re.compile(r"-(?!linked|based|flagged|owned|related)(?:[a-z]+ed|led|run|held)\b")
_PLURAL_ELSEWHERE = re.compile(r"\b(\w+s) (?:in|of|from|at|on) (?:the )?\w+ (?:\w+ly )?$")
_LETS = re.compile(r"\b(?:lets?|makes?|helps?|made|helped)\s+(?:\w+\s+){1,3}$")
_POSSESSIVE = re.compile(r"^\.?'s?\b")
_OWNING = re.compile(
    r"(?:'s)?\s*(?:(?:state|state-run|state-owned|state-controlled|national|estatal|estatales|nacional) ?)*"
    r"(?:de|do|da)?\s*"
)
_HEAD = (
    r"(?:president[ae]?|secretar(?:y|io|ia)|embajador|ambassador|enviad[oa]|envoy|delega(?:tion|cion)|director|commander|"
    r"leader|lider|mandatari[oa]|dictador|dictator|strongman|ruler|chief|minister|ministr[oa])"
)
_HEAD_IN = re.compile(rf"\b{_HEAD}\b")
_HEAD_BEFORE = re.compile(rf"\b{_HEAD}\s+(?:\w+\s+){{0,3}}(?:of|de|do|da)\s+(?:la\s+)?$")
_HEAD_AFTER = re.compile(rf"(?:'s|')?\s+(?:[\w-]+\s+){{0,2}}{_HEAD}\b")
_PRIVATE = re.compile(
    r"(?:-based)?\s+(?:(?:oil|energy|business|gulf coast|mining|special forces) )*"
    r"(?:investors?|executives?|compan(?:y|ies)|firms?|refiners?|refineries|businessm[ae]n|business leaders?|"
    r"entrepreneurs?|traders?|journalists?|lawyers?|lobby\w*|soldiers? (?:charged|accused|who)|veterans?|students?|"
    r"scholars?|artists?|singers?|tourists?|economists?)\b"
)
_OTHERS = re.compile(r"(?:'s|')?\s+(?:adversar(?:y|ies)|rivals?|foes?|enem(?:y|ies)|critics?|allies|ally)\b")
_OTHER_AMERICA = re.compile(r"\b(?:latin|south|central|north|pan)[ -]$")
_OPENS_CLAUSE = _words("que and e y mas but as while enquanto quando when se that")
_OFFICES = _TITLES - ARTICLES
_AFTER_NOUNS = _words(
    ". , and y e as with for that which que who have has had were are was is will could would may might should must "
    "likely han ha"
) | {""}
_AUXILIARIES = _words(
    "to will would could may might can should must not n't do does did didn't doesn't don't won't jointly who "
    "people officials"
)
_SINGULAR_IN_S = _words("us u.s s states its 's caracas honduras congress is was has does this")
_AIMED = _words(
    "between entre to on against at near off over of in contra a al en em na no ao de del do da dos by por que from"
)


def hard_breaks(text: str) -> Iterator[int]:
    """Where a clause ends for verbs and nouns alike."""
    yield from (match.end() for match in _HARD.finditer(text))


def dateline(text: str) -> int:
    """Where the place and agency that open an agency's lead end; 0 where none do."""
    match = _DATELINE.match(text)
    return match.end() if match else 0


def soft_breaks(text: str) -> Iterator[int]:
    """Where a clause ends for verbs: conjunctions and relatives."""
    yield from (match.start() for match in _SOFT.finditer(text))


def word_before(text: str, start: int) -> str:
    match = _BEFORE.search(text, max(0, start - 30), start)
    return match.group(1) if match else ""


def word_after(text: str, end: int) -> str:
    match = _WORD_AFTER.match(text, end)
    return match.group(1) if match else ""


def takes_of(text: str, end: int) -> bool:
    """Whether "of" or "de" follows, as it does a noun."""
    return word_after(text, end) in {"of", "de", "del", "do", "da", "dos", "das"}


def are_coordinated(text: str, start: int, end: int) -> bool:
    """Whether only "and" or a comma stands between."""
    return bool(_COORDINATED.fullmatch(text, start, end))


def follows_determiner(text: str, start: int) -> bool:
    """Whether an article or a possessive stands right before a word, which makes it a noun."""
    before = word_before(text, start)
    return before in {
        "the",
        "a",
        "an",
        "el",
        "un",
        "una",
        "los",
        "del",
        "al",
        "um",
        "uma",
        "its",
        "this",
    } or before.endswith("'s")


def is_noun_here(text: str, start: int, end: int) -> bool:
    """Whether a word that can be a noun or a verb is a noun: after a determiner or before "on", "against", "de"."""
    before = word_before(text, start)
    if before in _DETERMINERS or before.endswith("'s") or before in {'"', "'"}:
        return True
    after = word_after(text, end)
    if before in {"y", "e", "and"}:
        return after in _AIMED
    if before in {"to", "will", "would", "could", "may", "se", "not", "no"}:
        return False
    return after in _AIMED or after in _AFTER_NOUNS


def is_plural_verb(text: str, start: int, end: int, *, is_named: bool) -> bool:
    """Whether an English base form can be a verb here: after "to", an auxiliary, a plural or two names together."""
    before = word_before(text, start)
    if before.endswith("ly"):  # an adverb: "activists warily cheer"
        before = word_before(text, start - len(before) - 1)
    if text.startswith(" of ", end):
        return False
    if _LETS.search(text, max(0, start - 40), start):
        return True
    head = _PLURAL_ELSEWHERE.search(text, max(0, start - 60), start)  # "activists in Madrid cheer"
    if head is not None and head.group(1) not in _SINGULAR_IN_S:
        return True
    return before in _AUXILIARIES or (before.endswith("s") and before not in _SINGULAR_IN_S) or is_named


def is_attributive(text: str, start: int, end: int) -> bool:
    """Whether a participle stands before its noun as an adjective: "the sanctioned tanker", "deposed leader"."""
    before, after = word_before(text, start), word_after(text, end)
    follows = before in _DETERMINERS or before in {"", "-"} or before.endswith(("-", "'s", "ing"))
    return follows and after.isalpha() and after not in ASIDE and after not in ARTICLES


def is_agent_in_compound(text: str, end: int) -> bool:
    """Whether a name only tells by whom something was done: "US-seized tanker", not "Venezuela-linked tanker"."""
    return bool(_AGENT_IN_COMPOUND.match(text, end))


def is_private(text: str, end: int) -> bool:
    """Whether a state's name only tells where private people come from: "US investors", "Venezuelan singer"."""
    return bool(_PRIVATE.match(text, end))


def is_of_others(text: str, end: int) -> bool:
    """Whether a name only tells whose friends or enemies are meant: "US adversaries"."""
    return bool(_OTHERS.match(text, end))


def is_other_america(text: str, start: int) -> bool:
    """Whether "American" is part of a continent's name."""
    return bool(_OTHER_AMERICA.search(text, max(0, start - 10), start))


def is_headed(text: str, start: int, end: int) -> bool:
    """Whether the word for a leader stands in, right before or right after a state's name."""
    return any(
        (
            _HEAD_IN.search(text, start, end),
            _HEAD_BEFORE.search(text, max(0, start - 60), start),
            _HEAD_AFTER.match(text, end),
        )
    )


def is_owned(words: str) -> bool:
    """Whether what stands between a state's name and a company's says that the state owns it."""
    return bool(_OWNING.fullmatch(words))


def is_title(words: str) -> bool:
    """Whether what stands between two names is only a title: "'s President", ", "."""
    rest = _POSSESSIVE.sub("", words)
    return len(rest) < 60 and all(word in _TITLES - ARTICLES or word == "," for word in _WORDS.findall(rest))


def _is_passed(words: Sequence[str]) -> bool:
    """Whether the last word before a name is an article, a title or the "of" after an office."""
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last == "a":  # an article in English and at the head of a Portuguese clause, else the preposition
        return not before.isalpha() or before in _OPENS_CLAUSE
    return last in _TITLES or (last in OF | {"of"} and before in _OFFICES)


def governor(text: str, start: int) -> str:
    """The word that governs a name: the one before it, past articles, titles and "gobierno de"."""
    words = _WORDS.findall(text[max(0, start - 60) : start])
    while words and _is_passed(words):
        words.pop()
    if words[-3:] == ["por", "parte", "de"]:
        return "por"
    return words[-1] if words else ""
