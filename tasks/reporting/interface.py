"""The words around the reports, in the languages that the interface speaks (`interface.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Interface:
    """One language: its words, and how it writes times and counts."""

    language: str
    words: Mapping[str, Any]

    def __call__(self, key: str, **values: Any) -> str:
        """The words for a key, with its places filled in."""
        return str(self.words[key]).format(**values)

    def count(self, key: str, n: int) -> str:
        """A counted thing in its singular or plural."""
        return str(self.words[key][n != 1]).format(n=self.number(n))

    def number(self, n: int) -> str:
        """Digits in groups of three, apart by a narrow space, which both languages read alike."""
        return f"{n:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")

    def signed(self, value: float) -> str:
        """A weight, its sign always written, to one decimal where it has any."""
        digits = f"{value:+.1f}".removesuffix(".0")
        return "0" if digits in ("+0", "-0") else digits.replace("-", "\N{MINUS SIGN}")

    def decimal(self, value: float) -> str:
        """A number to one decimal where it has any."""
        return f"{value:.1f}".removesuffix(".0")

    def code(self, kind: str, code: str) -> str:
        """Name of an event's type, status or guard, or of an outlet's kind; the code itself where it has none yet."""
        return str(self.words.get(f"{kind}_{code}", code))

    def part(self, code: str) -> str:
        """Name of a share of the outlets."""
        return str(self.words.get(f"part_{code}", code))

    def country(self, code: str | None) -> str:
        return str(self.words["countries"].get(code, code or ""))

    def tongue(self, code: str | None) -> str:
        """Name of a language."""
        return str(self.words["tongues"].get(code, code or ""))

    def time(self, form: str, value: date | datetime) -> str:
        """A time in one of the forms `date`, `tick`, `long_date`, `month_of_year`, `moment` (UTC)."""
        words = self.words["time"]
        return str(words[form]).format(
            day=value.day,
            month=words["months"][value.month - 1],
            long_month=words["long_months"][value.month - 1],
            weekday=words["weekdays"][value.weekday()],
            year=value.year,
            hour=f"{value:%H:%M}",
        )


@cache
def speak(language: str) -> Interface:
    """The interface in one of `LANGUAGES`."""
    return Interface(language, _all()[language])


@cache
def _all() -> dict[str, Any]:
    return tomllib.loads((files("tasks.reporting") / "interface.toml").read_text("utf-8"))
