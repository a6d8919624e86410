"""Tells pages that keep their article back: behind a payment, a login, a consent or a check for robots.

What they are known by is data (`seeds/walls.toml`).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import urlsplit

from warehouse.errors import InputError
from warehouse.model import NoText

SEED = "walls.toml"
_REASONS = {
    "paywall": "The page wants a subscription for the article.",
    "consent": "The page wants a consent before it shows the article.",
    "login": "The page wants a login before it shows the article.",
    "bot_wall": "The page wants proof that a person reads it.",
}
_WORD = re.compile(r"[^\W_]+")
_PAGES = ("bot_wall", "paywall", "consent")
"""In the order in which they are looked for: a page that wants a subscription asks for consent as well."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What one kind of wall is known by: words in the visible text, and marks in the source."""

    phrases: tuple[str, ...]
    marks: tuple[str, ...]


def wall(kind: str) -> NoText:
    """The finding that an article is behind a wall."""
    return NoText("wall", kind, _REASONS[kind])


def wall_at(url: str) -> NoText | None:
    """The wall that a host's name tells of, where a reader was sent to it instead of the article."""
    try:
        label = (urlsplit(url).hostname or "").partition(".")[0]
    except ValueError:
        return None
    kind = next((kind for kind, labels in _seed()[0].items() if label in labels), None)
    return wall(kind) if kind else None


def wall_in(source: str, visible: str) -> NoText | None:
    """The wall that a page shows signs of; a page that holds its article may show some as well."""
    words = _folded(visible)
    signs = _seed()[1]
    for kind in _PAGES:
        if any(phrase in words for phrase in signs[kind].phrases) or any(mark in source for mark in signs[kind].marks):
            return wall(kind)
    return None


def _folded(text: str) -> str:
    """Words in lower case without accents and signs, one space around each."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return f" {' '.join(_WORD.findall(letters))} "


@cache
def _seed() -> tuple[dict[str, frozenset[str]], dict[str, Signs]]:
    try:
        seed = tomllib.loads(resources.files("seeds").joinpath(SEED).read_text(encoding="utf-8"))
        hosts = {kind: frozenset(labels) for kind, labels in seed["hosts"].items()}
        signs = {kind: Signs(tuple(map(_folded, seed[kind]["phrases"])), tuple(seed[kind]["marks"])) for kind in _PAGES}
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise InputError(f"seeds/{SEED} is damaged: {error}. Take the file from the repository.") from error
    return hosts, signs
