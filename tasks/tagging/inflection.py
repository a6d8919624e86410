"""The forms of a verb that news text uses, made from its stem: third persons, participles, gerunds, infinitives.

A form is folded (no accents). More forms are made than a language has, where the surplus words do not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tasks.tagging.folding import fold_term

Kind = Literal[
    "finite", "accented", "plain", "past", "participle", "subjunctive", "future", "conditional", "gerund", "infinitive"
]
"""What a form can be: `plain` is the English base (plural or infinitive), `past` the English past or participle,
`accented` a Spanish past that only its accent tells from a noun: "apoyó", "apoyo"."""
FINITE = frozenset({"finite", "accented"})

_PERFECT_PT = {"ar": "ou aram", "er": "eu eram", "ir": "iu iram", "or": ""}
_ENDINGS: dict[str, dict[Kind, str]] = {
    "ar": {
        "finite": "a an am aron aba aban ava avam",
        "accented": "o",
        "subjunctive": "e en em ara aran aras ase",
        "participle": "ado ada ados adas",
        "gerund": "ando",
    },
    "er": {
        "finite": "e en em io ieron ia ian iam",
        "subjunctive": "a an am iera ieran",
        "participle": "ido ida idos idas",
        "gerund": "iendo endo",
    },
}
_ENDINGS["ir"] = {**_ENDINGS["er"], "gerund": "iendo endo indo"}
# Portuguese verbs such as "impor".
_ENDINGS["or"] = {
    "finite": "oe oem os useram",
    "subjunctive": "onha onham",
    "participle": "osto osta ostos ostas",
    "gerund": "ondo",
}
_LATER: dict[Kind, str] = {"infinitive": "", "future": "a an ao", "conditional": "ia ian iam"}
_VOWELS = "aeiou"
_STRESSED = ("pel", "mit", "fer")
"""Ends of longer English verbs that are stressed, and double their consonant."""


def romance(lemma: str) -> Iterator[tuple[str, Kind]]:
    """The Spanish and Portuguese forms of a verb written as stem-ending, with stems that change beside it.

    "ped/pid-ir" gives pide, pidió, pediu, pedir; "=impuso" is a form that no rule gives, taken as finite.
    """
    if lemma.startswith("="):
        yield fold_term(lemma[1:]), "finite"
        return
    stems, ending = fold_term(lemma).rsplit("-", 1)
    for stem in stems.split("/"):
        yield from _conjugated(stem, ending)


def _conjugated(stem: str, ending: str) -> Iterator[tuple[str, Kind]]:
    endings = {**_ENDINGS[ending], "finite": f"{_ENDINGS[ending]['finite']} {_PERFECT_PT[ending]}"}
    for kind, tails in endings.items():
        spelt = _softened(stem, ending) if kind == "subjunctive" else stem
        yield from ((spelt + tail, kind) for tail in tails.split())
    for kind, tails in _LATER.items():
        yield from ((stem + ending + tail, kind) for tail in tails.split() or [""])


def _softened(stem: str, ending: str) -> str:
    """A stem before e: "atac" becomes "ataqu", "carg" "cargu", "amenaz" "amenac"."""
    if ending != "ar":
        return stem
    for hard, soft in (("c", "qu"), ("g", "gu"), ("z", "c")):
        if stem.endswith(hard):
            return stem[:-1] + soft
    return stem


def english(lemma: str) -> Iterator[tuple[str, Kind]]:
    """The English forms of a verb; irregular pasts stand after it: "take took taken". A particle stays: "call for"."""
    verb, _, particle = lemma.partition("+")
    base, *pasts = verb.split()
    tail = f" {particle}" if particle else ""
    yield base + tail, "plain"
    yield _third_person(base) + tail, "finite"
    yield _gerund(base) + tail, "gerund"
    yield from ((past + tail, "past") for past in pasts or [_past(base)])


def _third_person(base: str) -> str:
    if base.endswith("y") and base[-2] not in _VOWELS:
        return f"{base[:-1]}ies"
    return f"{base}es" if base.endswith(("s", "sh", "ch", "x", "z", "o")) else f"{base}s"


def _past(base: str) -> str:
    if base.endswith("y") and base[-2] not in _VOWELS:
        return f"{base[:-1]}ied"
    return f"{base}d" if base.endswith("e") else f"{_doubled(base)}ed"


def _gerund(base: str) -> str:
    if base.endswith("e") and not base.endswith(("ee", "oe")):
        return f"{base[:-1]}ing"
    return f"{_doubled(base)}ing"


def _doubled(base: str) -> str:
    """A last consonant doubles after a single stressed vowel: "grab", "grabbed"; "expel", "expelled"."""
    is_short = (sum(sign in _VOWELS for sign in base) == 1 and len(base) > 2) or base.endswith(_STRESSED)
    return base + base[-1] if is_short and base[-2] in _VOWELS and base[-1] not in "aeiouwxy" else base
