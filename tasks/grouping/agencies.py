"""Which news agency a text comes from, as its place-line or its last words say."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

_START = 200
"""Characters of a text within which a place-line names its agency."""


def agency_of(text: str) -> str | None:
    """Name of the agency (seeds/agencies.csv) that a text names as its source, or None.

    Only a credit counts, "(Reuters)", "EFE.-" at the beginning, or "(con información de AFP)": a report about an agency
    is not a report by it.
    """
    found = _credit().search(text[:_START]) or _opening().match(text) or _credit().search(text[-_START:])
    return _by_name()[found.group(1).casefold()] if found else None


def source_of(text: str, outlet_name: str) -> str | None:
    """Name of the agency that a text comes from: its publisher where that is one, else the one it names, or None."""
    return _by_name().get(outlet_name.casefold()) or agency_of(text)


def without_credits(text: str) -> str:
    """A text without the credits in brackets at its ends and without the agency's name as its first word."""
    opening = _opening().match(text)
    text = text[opening.end() :] if opening else text
    if len(text) <= 2 * _START:
        return _credit().sub(" ", text)
    return _credit().sub(" ", text[:_START]) + text[_START:-_START] + _credit().sub(" ", text[-_START:])


@cache
def _by_name() -> dict[str, str]:
    """An agency's first name by each of its names, in lower case."""
    text = resources.files("seeds").joinpath("agencies.csv").read_text(encoding="utf-8")
    return {
        name.casefold(): row["name"]
        for row in csv.DictReader(text.splitlines())
        for name in (row["name"], *row["aliases"].split("|"))
        if name
    }


def _names() -> str:
    return "|".join(re.escape(name) for name in sorted(_by_name(), key=len, reverse=True))


@cache
def _credit() -> re.Pattern[str]:
    """An agency alone in brackets, or with what says that it is the source."""
    source = r"(?:[^()\[\]]{0,60}(?:por|by|de|da|do|of|vía|via|/|,)\s*)?"
    return re.compile(rf"[(\[]{source}({_names()})(?:\s*[/,][^()\[\]]{{0,60}})?[)\]]", re.IGNORECASE)


@cache
def _opening() -> re.Pattern[str]:
    return re.compile(rf"\s*({_names()})\s*(?:[.:]\s*[-–—]|[-–—:])\s*", re.IGNORECASE)
