"""Folds text for matching: lower case, no accents, plain quotes and dashes, nothing invisible, and the way back.

Case and accents carry meaning ("US" and "us"), so the original stays at hand; a folded span leads back to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Soft hyphens, zero-width and direction marks, joiners and combining accents: agencies' pages are strewn with them.
_INVISIBLE = frozenset(
    map(
        chr,
        (0xAD, *range(0x300, 0x370), *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF),
    )
)
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_PLAIN = {ord(sign): "'" for sign in "‘’‚‛′´`"} | {ord(sign): '"' for sign in "“”„‟″«»"}
_PLAIN |= {ord(sign): "-" for sign in "‐‑‒–—―−"} | {ord("\u00a0"): " ", ord("\u202f"): " ", ord("\u2009"): " "}
# Half a surrogate pair is no sign; parsers let some through.
_PLAIN |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_LATIN = (*range(0x41, 0x5B), *range(0xC0, 0x250), *range(0x1E00, 0x1F00), *range(0xFF01, 0xFF5F))


def _fold_letter(code: int) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", chr(code)) if not unicodedata.combining(c))
    return bare.casefold()


_TABLE = {code: folded for code in _LATIN if len(folded := _fold_letter(code)) == 1} | _PLAIN
_FOLDED = {chr(code): folded for code, folded in _TABLE.items()}


@dataclass(frozen=True, slots=True)
class Folded:
    """A text and its folded form; `offsets` maps folded positions to original ones, None where they are equal."""

    original: str
    text: str
    offsets: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that a stretch of the folded text came from."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1

    def part(self, start: int, end: int) -> Folded:
        """A stretch of the folded text, whose spans still lead back to the whole original."""
        offsets = range(start, end) if self.offsets is None else self.offsets[start:end]
        return Folded(self.original, self.text[start:end], offsets)

    def is_accented(self, position: int) -> bool:
        """Whether the letter at a folded position has an accent in the original."""
        return not self.original[position if self.offsets is None else self.offsets[position]].isascii()

    @property
    def has_accents(self) -> bool:
        """Whether any letter has one: where none has, its lack tells nothing."""
        return any(self.is_accented(i) for i, sign in enumerate(self.text) if sign.isalpha())

    def is_upper(self, position: int) -> bool:
        """Whether the letter at a folded position is a capital in the original."""
        return self.original[position if self.offsets is None else self.offsets[position]].isupper()


def fold(text: str) -> Folded:
    """Fold a text; every folded sign stands for exactly one sign of the original."""
    if text.isascii():
        return Folded(text, _folded(text, ()))
    signs = set(_BEYOND_ASCII.findall(text))
    if _INVISIBLE.isdisjoint(signs):
        return Folded(text, _folded(text, signs))
    offsets = [i for i, sign in enumerate(text) if sign not in _INVISIBLE]
    return Folded(text, _folded("".join(text[i] for i in offsets), signs), offsets)


def _folded(text: str, signs: Iterable[str]) -> str:
    """The text by the table, `signs` being those beyond ASCII: sign by sign would take four times as long."""
    for sign in signs:
        text = text.replace(sign, _FOLDED.get(sign, sign))
    # Of ASCII the table has the capitals and one quotation mark.
    return text.lower().replace("`", "'") if text.isascii() else text.translate(_TABLE)


def fold_term(term: str) -> str:
    """A term as it stands in folded text."""
    return fold(term).text
