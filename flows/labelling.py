"""`usven tag`: labels for items that come as JSON Lines, without a warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from tasks.parsing import dates
from tasks.tagging.tagger import Tagger
from warehouse.errors import InputError
from warehouse.model import Event, Labels


def label_lines(lines: Iterable[str], *, origin: str) -> Iterator[str]:
    """A line of labels for each line that holds an item.

    Raises:
        InputError: a line is not a JSON object.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            item = _item(line, f"{origin}, line {number}")
            yield json.dumps(_plain(item.get("id"), label(item)), ensure_ascii=False)


def _item(line: str, where: str) -> dict[str, Any]:
    try:
        item = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where}: not JSON ({error}).") from error
    if not isinstance(item, dict):
        raise InputError(f"{where}: not a JSON object.")
    return item


def label(item: Mapping[str, Any]) -> Labels:
    """The labels of an item as files hold it; what it lacks counts as empty."""
    return Tagger.from_seeds().tag(*_texts(item), published_at=_published_at(item), outlet_name=_text(item, "source"))


def decided_by(item: Mapping[str, Any]) -> str:
    """The rule that decides whether an item is relevant."""
    tagger = Tagger.from_seeds()
    verdict = tagger.verdict(*_texts(item), published_at=_published_at(item), outlet_name=_text(item, "source"))
    return verdict.rule_id


def _texts(item: Mapping[str, Any]) -> tuple[str, str, str]:
    return _text(item, "title"), _text(item, "summary"), _text(item, "text")


def _text(item: Mapping[str, Any], name: str) -> str:
    return str(item.get(name) or "")


def _published_at(item: Mapping[str, Any]) -> datetime | None:
    return dates.read(_text(item, "published"))


def _plain(item_id: Any, labels: Labels) -> dict[str, Any]:
    return {
        "id": item_id,
        "level": labels.level,
        "score": round(labels.score, 4),
        "topics": [topic.topic for topic in labels.topics],
        "actors": sorted({mention.actor_id for mention in labels.actors}),
        "events": list(dict.fromkeys(_triple(event) for event in labels.events if event.is_counted)),
        "evidence": [
            {"term": e.term, "field": e.field, "start": e.start, "text": e.text}
            for e in (*labels.evidence, *(e for topic in labels.topics for e in topic.evidence))
        ],
    }


def _triple(event: Event) -> tuple[str, str, str]:
    """Who does what to whom, by side."""
    return event.source_side, event.event_type, event.target_side
