"""`usven scorecard`: how right the program is on labelled data. Steps measure themselves; here it is joined, shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from flows import labelling
from tasks import jsonlines
from tasks.dedup import scorecard as dedup
from tasks.grouping import scorecard as grouping
from tasks.parsing import assembly as parsing
from tasks.scorecard import Cell, Section, read_table
from tasks.tagging import calibration, seedbook
from tasks.tagging import scorecard as tagging
from tasks.tagging import scoring as events
from tasks.tagging.scorecard import Judged
from warehouse.errors import InputError, SettingsError

Say = Callable[[str], None]

_INTRODUCTION = """Written by `usven scorecard FOLDER --markdown FILE`, which measures the program on labelled data.
Right, extra and missed are the counts that the shares of a row are made of. [tagging.md](tagging.md) tells how labels
are made, on what these figures were taken, and what still goes wrong."""

FOLDERS = ("", "labelled", "clusters", "events/plover", "events/petrarch2", "plover", "petrarch2", "news")
"""Where labelled data lies in a folder that is given."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The sections that could be made, and for each that could not what data it wants."""

    sections: tuple[Section, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Sections that one function makes of the files of some kinds, in the order of `kinds`."""

    title: str
    kinds: tuple[str, ...]
    measure: Callable[..., Iterable[Section]]


def _labelled(paths: Sequence[Path]) -> Iterator[Section]:
    return tagging.sections([judged for path in paths for judged in _judged(path)])


def _stories(paths: Sequence[Path]) -> Iterator[Section]:
    return grouping.sections(paths, plain=partial(parsing.text_line, is_markup=False))


PARTS = (
    Part("relevance, topics, language, events", ("labelled items",), _labelled),
    Part("events of PLOVER's records", ("PLOVER records",), events.plover_sections),
    Part("events of PETRARCH's sentences", ("PETRARCH tests",), events.petrarch_sections),
    Part("canonical URLs", ("pairs of addresses",), dedup.sections),
    Part("copies", ("pairs of articles", "articles"), grouping.copy_sections),
    Part("stories", ("clusters",), _stories),
)


def score(paths: Sequence[Path], *, progress: Say = lambda _: None) -> Scorecard:
    """The scorecard of the labelled data in folders or single files.

    Raises:
        InputError: a file is missing or broken, or nothing in it is labelled data.
    """
    files = _gather(paths)
    sections: list[Section] = []
    left_out: list[str] = []
    for part in PARTS:
        missing = [kind for kind in part.kinds if kind not in files]
        if missing:
            left_out.append(f"{part.title} (no {', no '.join(missing)})")
            continue
        progress(f"Measuring {part.title}")
        sections += part.measure(*(files[kind] for kind in part.kinds))
    if not sections:
        given = ", ".join(map(str, paths))
        raise InputError(
            f"{given}: no labelled data. A folder has it as labelled/*.jsonl, clusters/*.jsonl.gz, events/."
        )
    return Scorecard(tuple(sections), tuple(left_out))


# --- what is given -----------------------------------------------------------------------------


def _gather(paths: Sequence[Path]) -> dict[str, list[Path]]:
    """The files of each kind."""
    files: dict[str, list[Path]] = {}
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder.")
        inside = [file for name in FOLDERS for file in sorted((path / name).glob("*")) if file.is_file()]
        for file in inside if path.is_dir() else [path]:
            kind = _kind(file)
            if kind:
                files.setdefault(kind, []).append(file)
            elif file is path:
                raise InputError(f"{path}: no labelled data of a form that is known.")
    return files


def _kind(path: Path) -> str | None:
    """What a file holds, by its beginning."""
    name = path.name.removesuffix(".gz")
    if name.endswith(".jsonl"):
        return _kind_of_item(next(jsonlines.read(path), ("", {}))[1])
    if name.endswith(".csv"):
        return _kind_of_table(path)
    text = path.read_text(encoding="utf-8", errors="replace") if name.endswith((".xml", ".txt")) else ""
    if "<Sentence" in text:
        return "PETRARCH tests"
    return "PLOVER records" if text.startswith("[") and '"eventText"' in text else None


def _kind_of_item(item: Mapping[str, Any]) -> str | None:
    if {"id", "title", "level", "topics"} <= item.keys():
        return "labelled items"
    if {"id", "title", "cluster_id"} <= item.keys():
        return "clusters"
    if {"id", "title"} <= item.keys():
        return "articles"
    return None


def _kind_of_table(path: Path) -> str | None:
    row: Mapping[str, str] = next(read_table(path), {})
    if {"verdict", "left", "right"} <= row.keys():
        return "pairs of addresses"
    if {"verdict", "left_id", "right_id"} <= row.keys():
        return "pairs of articles"
    return None


def _judged(path: Path) -> Iterator[Judged]:
    """Labelled items beside the labels that `usven tag` gives them."""
    for where, item in jsonlines.read(path):
        if item.get("id") is None or item.get("level") not in (0, 1, 2) or not isinstance(item.get("topics"), list):
            raise InputError(f"{where}: not an item with id, level (0, 1 or 2) and topics (a list).")
        try:
            yield Judged(item, labelling.label(item), labelling.decided_by(item))
        except TypeError as error:
            raise InputError(f"{where}: {error}.") from error


def write_scores(paths: Sequence[Path], target: Path) -> None:
    """Write the scores of the relevance rules, as `seeds/relevance_scores.csv` has them, fitted to labelled items.

    Raises:
        InputError: there are no labelled items.
    """
    files = _gather(paths).get("labelled items")
    if not files:
        raise InputError(f"{', '.join(map(str, paths))}: no labelled items to fit scores to.")
    decisions = [(one.rule_id, one.is_relevant) for path in files for one in _judged(path)]
    fitted = calibration.fit(decisions, seedbook.load().relevance_rules)
    lines = [("rule_id", "items", "relevant", "score")]
    lines += [(name, str(rule.items), str(rule.relevant), str(rule.score)) for name, rule in fitted.items()]
    write(target, "".join(",".join(line) + "\n" for line in lines))


# --- shown -------------------------------------------------------------------------------------


def as_json(card: Scorecard) -> dict[str, Any]:
    """The scorecard as `--json` prints it: shares with four digits, counts as they are."""
    return {
        "sections": {
            section.name: {
                "about": section.about,
                "rows": [dict(zip(section.columns, map(_rounded, row), strict=True)) for row in section.rows],
            }
            for section in card.sections
        },
        "left_out": list(card.left_out),
    }


def _rounded(cell: Cell) -> Cell:
    return round(cell, 4) if isinstance(cell, float) else cell


def markdown(card: Scorecard) -> str:
    """The scorecard as a page of the documentation."""
    parts = ["# Scorecard", _INTRODUCTION, *(part for section in card.sections for part in _markdown(section))]
    return "\n\n".join([*parts, *_remark(card)]) + "\n"


def describe(card: Scorecard) -> str:
    """What was measured, in a sentence."""
    titles = ", ".join(section.title for section in card.sections)
    return " ".join([f"Measured: {titles}.", *_remark(card)])


def _markdown(section: Section) -> Iterator[str]:
    yield f"## {section.title}"
    yield section.about
    rules = ["---", *(["---:"] * (len(section.columns) - 1))]
    lines = [section.columns, rules, *(map(_shown, row) for row in section.rows)]
    yield "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _remark(card: Scorecard) -> list[str]:
    return [f"Left out for want of data: {'; '.join(card.left_out)}."] if card.left_out else []


def _shown(cell: Cell) -> str:
    match cell:
        case None:
            return "–"
        case float():
            return f"{cell:.3f}"
        case int():
            return f"{cell:,}"
        case _:
            return cell.replace("|", "\\|")


def show(card: Scorecard) -> None:
    """Print it for a person."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    for section in card.sections:
        table = Table(title=Text(section.title), title_justify="left", box=None, header_style="bold", pad_edge=False)
        for number, column in enumerate(section.columns):
            table.add_column(column, justify="right" if number else "left")
        for row in section.rows:
            table.add_row(*(Text(_shown(cell)) for cell in row))
        console.print(table)
        console.print(Text(section.about), "\n")
    for remark in _remark(card):
        console.print(Text(remark))


def mistakes(card: Scorecard) -> str:
    """Each case in which program and labels disagree, as JSON Lines."""
    found = (mistake for section in card.sections for mistake in section.mistakes)
    return "".join(json.dumps(mistake, ensure_ascii=False) + "\n" for mistake in found)


def write(path: Path, text: str) -> None:
    """Write a file that was asked for.

    Raises:
        SettingsError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written ({error.strerror}).") from error
