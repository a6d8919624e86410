"""Pages of the site: where they lie, how they are rendered (escaping is always on), and the plain ones among them."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from tasks.reporting import interface, text
from tasks.reporting.feeds import Channel
from tasks.reporting.figures import Row
from tasks.reporting.highlight import Mark
from tasks.reporting.interface import Interface

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath d='M1 15V9h4v6zM6 15V5h4v10zM11 15V1h4v14z' fill='%23a4452c'/%3E%3C/svg%3E"
)


@dataclass(frozen=True, slots=True)
class Names:
    """What readers call topics and actors in one language."""

    by_code: Mapping[tuple[str, str], str]

    @classmethod
    def read(cls, rows: Iterable[Row], language: str) -> Names:
        return cls(
            {(row["kind"], row["code"]): row[f"name_{language}"] or row["name_en"] or row["code"] for row in rows}
        )

    def topic(self, code: str) -> str:
        return self.by_code.get(("topic", code)) or code.replace("_", " ")

    def actor(self, code: str) -> str:
        return self.by_code.get(("actor", code)) or code


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page lies: its path below the folder of its language. English lies at the root, the rest below it."""

    language: str
    path: str

    @property
    def file(self) -> str:
        return self.path if self.language == interface.LANGUAGES[0] else f"{self.language}/{self.path}"

    @property
    def root(self) -> str:
        """The way up to the folder of the site."""
        return "../" * self.file.count("/")

    @property
    def home(self) -> str:
        """The way up to the folder of the language."""
        return "../" * self.path.count("/")

    def to(self, other: Place) -> str:
        return self.root + other.file


def month(place: Place, names: Names, name: str, stories: Sequence[Row]) -> str:
    """The page of a month of the archive: its stories by day."""
    days = [(day, list(rows)) for day, rows in itertools.groupby(stories, key=lambda row: row["day"])]
    return render("month.html.j2", place, names=names, month=first_of(name), days=days)


def feeds(place: Place, names: Names, channels: Iterable[Channel]) -> str:
    """The page of the outgoing feeds."""
    groups = [(kind, list(found)) for kind, found in itertools.groupby(channels, key=lambda channel: channel.kind)]
    return render("feeds.html.j2", place, names=names, groups=groups)


def queries(place: Place, statements: Mapping[str, str]) -> str:
    """The page of the statements behind the figures."""
    return render("queries.html.j2", place, statements=sorted(statements.items()))


def first_of(month_name: str) -> date:
    """The first day of a month written as 2026-01."""
    return date.fromisoformat(f"{month_name}-01")


@cache
def fingerprint() -> str:
    """Changes with anything that shapes a page but the data: templates, words, style and this program's modules."""
    names = ("tasks.reporting", "tasks.reporting.templates", "warehouse.queries")
    sources = sorted((e.name, e.read_bytes()) for name in names for e in files(name).iterdir() if e.is_file())
    return hashlib.sha256(repr(sources).encode()).hexdigest()


def render(template: str, place: Place, **values: Any) -> str:
    """A page from a template, with what every page has: its language, the way to the others, style and policy."""
    other = Place(next(code for code in interface.LANGUAGES if code != place.language), place.path)
    frame = {
        "say": interface.speak(place.language),
        "other": interface.speak(other.language),
        "other_page": place.to(other),
        "root": place.root,
        "home": place.home,
        "icon": _ICON,
        "style": _style(),
        "policy": _policy(),
    }
    return _environment().get_template(template).render(frame | values)


@cache
def _environment() -> jinja2.Environment:
    templates = {
        entry.name: entry.read_text("utf-8")
        for entry in files("tasks.reporting.templates").iterdir()
        if entry.name.endswith(".j2")
    }
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.DictLoader(templates),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "plain": text.printable,
        "web": text.web_url,
        "clip": text.clip,
        "tongue": lambda code, say: say.tongue(code),
        "label": _label,
    }
    return environment


@cache
def _style() -> Markup:
    """Our own style sheet, without comments and needless space."""
    source = (files("tasks.reporting.templates") / "style.css").read_text("utf-8")
    squeezed = re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL))
    return Markup(squeezed.replace(";}", "}").strip())  # noqa: S704 - a file of ours, the one text that is no data


@cache
def _policy() -> str:
    """Nothing is loaded and nothing runs: one style sheet, known by its hash, and the icon."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _label(mark: Mark, names: Names, say: Interface) -> str:
    match mark.kind:
        case "topic":
            return names.topic(mark.code)
        case "actor":
            return names.actor(mark.code)
        case _:
            return say("mark_relevance")
