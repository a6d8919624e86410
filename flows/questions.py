"""docs/queries.md: the questions in `warehouse/questions/`, with their answers from the sample feeds.

`python -m flows.questions` writes the page; a test fails when it is out of date.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flows import passes, querying
from tasks.fetching.fetcher import OnOutcome
from warehouse import database, questionnaire
from warehouse.archive import Archive
from warehouse.database import Connection
from warehouse.model import Answer, Failed, Fetched, Outcome, Poll
from warehouse.questionnaire import Question
from warehouse.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "queries.md"
SHOWN_ROWS = 8
_WIDEST = 60
_HEAD = """# Questions and their queries

What analysts ask, each with the query that answers it and its answer from the bundled sample feeds, which are invented.
`usven sql --list` lists the questions, `usven sql -q NAME` answers one from your own warehouse, and
`usven sql -f FILE` runs a query of yours. [warehouse.md](warehouse.md) describes every table and column.
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """A pass over the sample: when, what the feeds show then, which do not answer, and what one leaves out."""

    at: datetime
    folders: tuple[str, ...]
    silent: frozenset[str] = frozenset()
    withdrawn: str = "nothing"


_LATER = ("second", "first")
_DARK = frozenset({"courier-world"})
_TAKEN_OUT = "tag:potomac-ledger.example,2025:7708"
MOMENTS = (
    Moment(datetime(2025, 11, 30, 23, 45, tzinfo=UTC), ("first",)),
    Moment(datetime(2025, 12, 1, 0, 30, tzinfo=UTC), _LATER),
    Moment(datetime(2025, 12, 1, 1, 30, tzinfo=UTC), _LATER, _DARK, _TAKEN_OUT),
    Moment(datetime(2025, 12, 1, 2, 30, tzinfo=UTC), _LATER, _DARK, _TAKEN_OUT),
)
"""Four hours of the sample: new items and a changed headline in the second; then a feed goes dark, an item is gone."""


@contextmanager
def sample_warehouse() -> Iterator[Connection]:
    """The published copy of a warehouse that was filled with the sample at set times, without a network."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder) / "data")
        feeds = _catalogue(Path(folder))
        for moment in MOMENTS:
            steps = replace(passes.PLAIN, fetch=partial(_fetch, moment))
            passes.monitor(settings, feeds_file=feeds, everything=True, steps=steps, clock=partial(_now, moment))
        with database.reading(settings.published_path) as connection:
            yield connection


def _catalogue(folder: Path) -> Path:
    for name in ("feeds.csv", "outlets.csv"):
        (folder / name).write_bytes(files("seeds.sample").joinpath(name).read_bytes())
    return folder / "feeds.csv"


def _now(moment: Moment) -> datetime:
    return moment.at


def _fetch(
    moment: Moment, polls: Sequence[Poll], *, archive: Archive, on_outcome: OnOutcome, **_: Any
) -> tuple[Outcome, ...]:
    """Stands in for the step: documents of the sample go into the archive as fetched ones do."""
    outcomes = tuple(_outcome(poll, moment, archive) for poll in polls)
    for poll, outcome in zip(polls, outcomes, strict=True):
        on_outcome(poll, outcome)
    return outcomes


def _outcome(poll: Poll, moment: Moment, archive: Archive) -> Outcome:
    name = urlsplit(poll.feed.url).path.removeprefix("/")
    answer = Answer(poll.feed.feed_id, moment.at, 0.2, poll.feed.url, http_status=200)
    if poll.feed.feed_id in moment.silent:
        reason = "The server answers 503 Service Unavailable. It is asked again later."
        return Failed(replace(answer, http_status=503), "http_503", "temporary", reason)
    documents = [files("seeds.sample").joinpath(folder, name) for folder in moment.folders]
    body = next(document.read_bytes() for document in documents if document.is_file())
    body = _without(body, moment.withdrawn)
    archive.put(body)
    return Fetched(replace(answer, bytes_received=len(body)), hashlib.sha256(body).hexdigest(), len(body))


def _without(body: bytes, item_id: str) -> bytes:
    """A document without one of its Atom entries."""
    return re.sub(rb"<entry>\s*<id>" + re.escape(item_id.encode()) + rb"</id>.*?</entry>", b"", body, flags=re.DOTALL)


def page(connection: Connection) -> str:
    """docs/queries.md, from an open warehouse."""
    asked = questionnaire.all_questions()
    index = [f"- [{question.title}](#{question.name})" for question in asked]
    return "\n".join([_HEAD, *index, "", *(_section(connection, question) for question in asked)])


def _section(connection: Connection, question: Question) -> str:
    found = connection.execute(question.sql)
    columns = [column[0] for column in found.description or ()]
    values = found.fetchall()
    lines = [f'## <a name="{question.name}"></a>{question.title}', ""]
    lines += [*question.notes, ""] if question.notes else []
    lines += [f"`usven sql -q {question.name}`", "", "```sql", question.body, "```", ""]
    lines += _table(columns, values[:SHOWN_ROWS])
    rest = len(values) - SHOWN_ROWS
    return "\n".join([*lines, *([f"… and {rest} more rows.", ""] if rest > 0 else [])])


def _table(columns: Sequence[str], values: Sequence[Sequence[Any]]) -> list[str]:
    rows = [" | ".join(map(_cell, row)) for row in values]
    return [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}", *(f"| {row} |" for row in rows), ""]


def _cell(value: Any) -> str:
    text = querying.cell(value)
    text = text if len(text) <= _WIDEST else text[: _WIDEST - 1].rstrip() + "…"
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Write the page."""
    with sample_warehouse() as connection:
        PAGE.write_text(page(connection), encoding="utf-8")


if __name__ == "__main__":
    main()
