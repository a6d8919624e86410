"""Questions that analysts ask, each a file of `warehouse/questions/`: the question, notes on it, and the query.

A file's first comment line is the question, the comment lines after it are the notes, and the rest is the query.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from warehouse.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Question:
    """A question in words, and the query that answers it; `sql` is the file, `body` the query without its comments."""

    name: str
    title: str
    notes: tuple[str, ...]
    body: str
    sql: str


@cache
def all_questions() -> tuple[Question, ...]:
    """Every question, in the order of the files' names."""
    found = sorted((e for e in files("warehouse.questions").iterdir() if e.name.endswith(".sql")), key=lambda e: e.name)
    return tuple(_question(entry.name, entry.read_text("utf-8").strip()) for entry in found)


def named(name: str) -> Question:
    """The question of a name.

    Raises:
        SettingsError: there is none.
    """
    by_name = {question.name: question for question in all_questions()}
    if name not in by_name:
        near = difflib.get_close_matches(name, by_name, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]}?" if near else "`usven sql --list` lists them."
        raise SettingsError(f"There is no question {name!r}. {hint}")
    return by_name[name]


def _question(file: str, sql: str) -> Question:
    """A question from its file, whose name begins with a number that gives the order."""
    lines = sql.splitlines()
    comments = [line.removeprefix("--").strip() for line in lines[: _first_line(lines)]]
    body = "\n".join(lines[len(comments) :]).strip()
    name = file.partition("_")[2].removesuffix(".sql").replace("_", "-")
    return Question(name, comments[0], tuple(comments[1:]), body, sql)


def _first_line(lines: list[str]) -> int:
    """Where the query begins."""
    return next(number for number, line in enumerate(lines) if not line.startswith("--"))
