"""The daily brief: sentences made from rows, each with the ids of its rows, in Markdown and in HTML for e-mail.

Nothing is written freely: a sentence is a phrase of `interface.toml` with values of its rows in its places. Before a
brief goes out, `unsupported` looks at each finished sentence anew: a name or number that its rows do not hold fails it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tasks.reporting import figures, interface, markdown, pages, text
from tasks.reporting.figures import Row
from tasks.reporting.folder import Folder
from tasks.reporting.interface import Interface
from tasks.reporting.pages import Names, Place
from warehouse import database
from warehouse.database import Connection
from warehouse.errors import BriefError
from warehouse.location import Warehouse
from warehouse.times import naive

MOST_STORIES = 8
MOST_OTHERS = 6
"""Sentences on stories, and on events and changed headlines each."""
_HEADLINE_LIMIT = 200
_TOKEN = re.compile(r"\d[\d\N{NARROW NO-BREAK SPACE}.,:]*\d|\d|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is said, the rows that it rests on, and where its headline leads, if it has one."""

    words: str
    rows: tuple[Row, ...]
    url: str | None = None

    @property
    def host(self) -> str:
        return urlsplit(self.url or "").hostname or ""

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(str(row["row_id"]) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Brief:
    """Sections of sentences in one language."""

    language: str
    as_of: datetime
    sections: tuple[tuple[str, tuple[Sentence, ...]], ...]

    @property
    def title(self) -> str:
        say = interface.speak(self.language)
        return say("brief_of", time=say.time("moment", self.as_of))


@dataclass(frozen=True, slots=True)
class Written:
    """Where a brief lies, and its Markdown, by language."""

    folder: Path
    pages: Mapping[str, Path]
    texts: Mapping[str, str]


def write(
    published: Warehouse, out: Path, *, now: datetime, as_of: datetime | None = None, site_url: str = ""
) -> Written:
    """Write the brief of the 24 hours before `as_of` (by default `now`) into the site's folder, in each language.

    Raises:
        BriefError: a sentence says what its rows do not.
        WarehouseError: there is no published warehouse, or it cannot be opened.
    """
    moment = naive(as_of or now)
    with database.reading(published) as connection:
        rows = _ask(connection, moment, with_feeds=as_of is None)
    folder = Folder(out)
    places, texts = {}, {}
    for language in interface.LANGUAGES:
        brief = make(rows, language, moment)
        page, texts[language] = (Place(language, f"brief/{moment:%Y-%m-%d}.html"), in_markdown(brief))
        folder.put(page.file, in_html(brief, page, site_url))
        folder.put(page.file.removesuffix("html") + "md", texts[language])
        places[language] = out / page.file
    return Written(out, places, texts)


def latest(out: Path) -> date | None:
    """The day of the newest brief in the site's folder."""
    days = [path.stem for path in out.glob("brief/????-??-??.html")]
    return date.fromisoformat(max(days)) if days else None


def make(rows: Mapping[str, Sequence[Row]], language: str, as_of: datetime) -> Brief:
    """The brief from its rows by the name of their query, checked.

    Raises:
        BriefError: a sentence says what its rows do not.
    """
    say, names = interface.speak(language), Names.read(rows["names"], language)
    makers: tuple[tuple[str, Callable[[Row], Sentence]], ...] = (
        ("brief_day", partial(_day, say)),
        ("brief_stories", partial(_story, say, names)),
        ("brief_events", partial(_event, say, names)),
        ("brief_tension", partial(_tension, say)),
        ("brief_headlines", partial(_change, say)),
        ("brief_feeds", partial(_feeds, say)),
        ("brief_gaps", partial(_gap, say)),
    )
    sections = tuple((say(f"{name}_title"), tuple(map(tell, rows[name]))) for name, tell in makers if rows.get(name))
    for sentence in itertools.chain.from_iterable(sentences for _, sentences in sections):
        if missing := unsupported(sentence, say, names):
            raise BriefError(
                f"The brief says {', '.join(map(repr, missing))} in “{sentence.words}”, which its rows "
                f"({', '.join(sentence.ids)}) do not hold. It was not written."
            )
    return Brief(language, as_of, sections)


# --- the check ---------------------------------------------------------------------------------


def unsupported(sentence: Sentence, say: Interface, names: Names) -> list[str]:
    """The numbers, and the words written like names, that neither the sentence's rows nor a phrase of ours hold."""
    held = set(_tokens(" ".join(_readings(sentence.rows, say, names))))
    phrases = {word for word in _tokens(" ".join(_phrases(say))) if not word[0].isdigit()}
    said = [token for token in _tokens(sentence.words) if token[0].isdigit() or token[0].isupper()]
    return [token for token in dict.fromkeys(said) if token not in held and token not in phrases]


def _tokens(words: str) -> list[str]:
    return _TOKEN.findall(words)


def _phrases(say: Interface) -> Iterator[str]:
    """Our phrases without their places, and the words that follow a time."""
    for key, phrase in say.words.items():
        if key.startswith("brief_") and isinstance(phrase, str):
            yield re.sub(r"{\w+}", " ", phrase)
    yield "UTC"


def _readings(value: Any, say: Interface, names: Names) -> Iterator[str]:
    """All ways in which the interface writes a value of a row."""
    match value:
        case dict():
            yield from itertools.chain.from_iterable(_readings(found, say, names) for found in value.values())
        case list() | tuple():
            yield from itertools.chain.from_iterable(_readings(found, say, names) for found in value)
        case datetime():
            yield say.time("moment", value)
        case date():
            yield say.time("date", value)
        case bool() | None:
            return
        case int():
            yield say.number(value)
        case float():
            yield from (say.signed(value), say.decimal(value))
        case str():
            yield text.printable(value)
            yield from (names.topic(value), names.actor(value), say.tongue(value))
            yield from (say.code(kind, value) for kind in ("side", "unnamed", "event"))


# --- the sentences -----------------------------------------------------------------------------


def _day(say: Interface, row: Row) -> Sentence:
    until = say.time("moment", row["until_at"])
    if not row["report_count"]:
        return Sentence(say("brief_none", hours=row["hour_count"], until=until), (row,))
    words = say(
        "brief_day",
        hours=row["hour_count"],
        until=until,
        reports=say.count("report_count", row["report_count"]),
        stories=say.count("story_count", row["story_count"]),
        outlets=say.count("outlet_count", row["outlet_count"]),
    )
    if row["usual_count"] is not None:
        words += " " + say("brief_usual", days=row["day_count"], usual=say.decimal(row["usual_count"]))
    return Sentence(words, (row,))


def _story(say: Interface, names: Names, row: Row) -> Sentence:
    facts = (
        say(
            "brief_reports",
            reports=say.count("report_count", row["report_count"]),
            outlets=say.count("outlet_count", row["outlet_count"]),
        ),
        ", ".join(map(say.tongue, row["languages"])),
        ", ".join(map(names.topic, row["topics"])),
    )
    words = say(
        "brief_story",
        headline=_quoted(row["headline"]),
        outlet=text.printable(row["first_outlet"]),
        time=say.time("moment", row["first_reported_at"]),
        facts="; ".join(filter(None, facts)),
    )
    return Sentence(words, (row,), text.web_url(row["url"]))


def _event(say: Interface, names: Names, row: Row) -> Sentence:
    words = say(
        "brief_event",
        source=_party(say, names, row["source_actor_id"], row["source_side"]),
        target=_party(say, names, row["target_actor_id"], row["target_side"]),
        event=say.code("event", row["event_type"]),
        weight=say.signed(row["weight"]),
        outlets=say.count("outlet_count", row["outlet_count"]),
    )
    return Sentence(words, (row,))


def _tension(say: Interface, row: Row) -> Sentence:
    words = say(
        "brief_tension",
        day=say.time("date", row["event_date"]),
        source=say.code("side", row["source_side"]),
        target=say.code("side", row["target_side"]),
        tension=say.signed(row["tension"]),
        low=say.signed(row["tension_low"]),
        high=say.signed(row["tension_high"]),
        events=say.count("event_count", row["event_count"]),
        stories=say.count("story_count", row["story_count"]),
    )
    return Sentence(words, (row,))


def _change(say: Interface, row: Row) -> Sentence:
    old, new = _quoted(row["old_title"] or ""), _quoted(row["new_title"] or "")
    words = say("brief_change", outlet=text.printable(row["outlet"]), old=old, new=new)
    return Sentence(words, (row,), text.web_url(row["url"]))


def _feeds(say: Interface, row: Row) -> Sentence:
    return Sentence(say("brief_working", feeds=row["feed_count"], working=row["working_count"]), (row,))


def _gap(say: Interface, row: Row) -> Sentence:
    return Sentence(say("brief_blind", hours=row["hour_count"], blind=row["blind_count"]), (row,))


def _quoted(headline: str) -> str:
    return " ".join(text.clip(text.printable(headline), _HEADLINE_LIMIT).split())


def _party(say: Interface, names: Names, actor_id: str | None, side: str) -> str:
    return names.actor(actor_id) if actor_id else say.code("unnamed", side)


# --- asking and writing ------------------------------------------------------------------------


def _ask(connection: Connection, moment: datetime, *, with_feeds: bool) -> dict[str, tuple[Row, ...]]:
    """The rows of the brief by the name of their query. The state of the feeds is that of the present alone."""
    asked = [figures.ask(connection, name, as_of=moment) for name in ("brief_day", "brief_tension", "brief_gaps")]
    asked.append(figures.ask(connection, "brief_stories", as_of=moment, limit=MOST_STORIES))
    asked += [
        figures.ask(connection, f"brief_{name}", as_of=moment, limit=MOST_OTHERS) for name in ("events", "headlines")
    ]
    asked.append(figures.ask(connection, "names"))
    if with_feeds:
        asked.append(figures.ask(connection, "brief_feeds"))
    return {figure.name: figure.rows for figure in asked}


def in_markdown(brief: Brief) -> str:
    """The brief in Markdown: whatever a headline contains, it stays text."""
    say = interface.speak(brief.language)
    lines = [f"# {markdown.escape(brief.title)}"]
    for title, sentences in brief.sections:
        lines += [f"## {markdown.escape(title)}", "\n".join(map(_item, sentences))]
    return "\n\n".join([*lines, markdown.escape(say("brief_ids")), markdown.escape(say("footer"))]) + "\n"


def _item(sentence: Sentence) -> str:
    ids = " ".join(f"`{found.replace('`', '')}`" for found in sentence.ids)
    return " ".join(part for part in ("-", markdown.escape(sentence.words), markdown.link(sentence.url), ids) if part)


def in_html(brief: Brief, place: Place, site_url: str = "") -> str:
    """The brief as a page that can be sent by e-mail: styles stand in the elements, and nothing is loaded."""
    front = Place(place.language, "index.html").file
    address = f"{site_url.rstrip('/')}/{front}" if site_url else ""
    return pages.render("brief.html.j2", place, brief=brief, address=address)
