"""Which language an item is written in, told offline from its title and summary among sixty languages.

Measured against all languages first, so that a Swedish item does not become one of the three that are tagged.
"""

from __future__ import annotations

import functools
import itertools
import re

import eldc

# An address, a handle or a number says nothing of the language around it.
_ADDRESS = re.compile(r"https?://\S+")
_NOISE = re.compile(r"[@#]\w+|[\d_]+")
_ENOUGH_LETTERS = 12
_SUMMARY_SIGNS = 300


def detect(title: str, summary: str, declared: str | None) -> str | None:
    """The ISO 639-1 code of an item's language, or None where neither its words nor its feed tell.

    A text that is too short or looks like several languages falls back on `declared`, what the feed says.
    """
    text = f"{title} {summary[:_SUMMARY_SIGNS]}"
    if "://" in text:
        text = _ADDRESS.sub(" ", text)
    text = _NOISE.sub(" ", text)
    result = _detector().detect_details(text)
    letters = itertools.islice(filter(str.isalpha, text), _ENOUGH_LETTERS)
    if result.language == "und" or len(tuple(letters)) < _ENOUGH_LETTERS:
        return _code(declared)
    return str(result.language) if result.reliable else _code(declared) or str(result.language)


def _code(declared: str | None) -> str | None:
    """The language part of a declared tag such as "es-419" or "pt_BR"."""
    code = re.split(r"[-_]", (declared or "").strip().lower(), maxsplit=1)[0]
    return code if re.fullmatch(r"[a-z]{2}", code) else None


@functools.cache
def _detector() -> eldc.Instance:
    eldc.init()
    return eldc.instance()
