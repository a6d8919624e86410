"""The form of a scorecard: what each step measures of itself on labelled data, shown alike wherever it was measured."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.errors import InputError

Cell = str | int | float | None
"""A figure: a share stands as a float from 0 to 1, a count as a whole number, what cannot be told as None."""


@dataclass(frozen=True, slots=True)
class Section:
    """Figures of one kind, as a table whose first column says what each row is about.

    `name` is the key in JSON, `about` says in plain words what was measured on what. `mistakes` are the cases in which
    the program and the labels disagree, for whoever improves it.
    """

    name: str
    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    mistakes: tuple[Mapping[str, Any], ...] = ()


@dataclass(slots=True)
class Tally:
    """How many answers were right, how many were extra, and how many were missed."""

    right: int = 0
    extra: int = 0
    missed: int = 0
    COLUMNS = ("precision", "recall", "f1", "right", "extra", "missed")

    def add(self, given: Set[Any], found: Set[Any]) -> None:
        """Count the answers found for one case against those given for it."""
        self.right += len(given & found)
        self.extra += len(found - given)
        self.missed += len(given - found)

    @property
    def precision(self) -> float | None:
        return _share(self.right, self.right + self.extra)

    @property
    def recall(self) -> float | None:
        return _share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float | None:
        return _share(2 * self.right, 2 * self.right + self.extra + self.missed)

    def cells(self) -> tuple[Cell, ...]:
        """The figures in the order of `COLUMNS`."""
        return self.precision, self.recall, self.f1, self.right, self.extra, self.missed


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV with names in its first line.

    Raises:
        InputError: the file is not a table in UTF-8.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        try:
            yield from csv.DictReader(lines, restval="", strict=True)
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"{path}: not a CSV table ({error}).") from error
