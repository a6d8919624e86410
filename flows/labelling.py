"""`usven tag`: labels for items that come as JSON Lines, without a warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from tasks.jsonlines import Item
from tasks.parsing import dates
from tasks.tagging.tagger import Tagger
from warehouse.errors import InputError
from warehouse.model import Event, Evidence, Labels


def label_items(items: Iterable[Item]) -> Iterator[str]:
    """A line of labels for each item.

    Raises:
        InputError: a field of an item is not text.
    """
    for where, item in items:
        try:
            labels = label(item)
        except TypeError as error:
            raise InputError(f"{where}: {error}.") from error
        # Half a surrogate pair is no text that could be printed, but JSON can spell it.
        line = json.dumps(_plain(item.get("id"), labels), ensure_ascii=False)
        yield line.encode("utf-8", "backslashreplace").decode()


def label(item: Mapping[str, Any]) -> Labels:
    """The labels of an item as files hold it; what it lacks counts as empty.

    Raises:
        TypeError: a field is not text.
    """
    texts, published_at, outlet_name = _article(item)
    return Tagger.from_seeds().tag(*texts, published_at=published_at, outlet_name=outlet_name)


def decided_by(item: Mapping[str, Any]) -> str:
    """The rule that decides whether an item is relevant."""
    texts, published_at, outlet_name = _article(item)
    return Tagger.from_seeds().verdict(*texts, published_at=published_at, outlet_name=outlet_name).rule_id


def _article(item: Mapping[str, Any]) -> tuple[tuple[str, str, str], datetime | None, str]:
    """Title, summary and text, the date and the outlet of an item."""
    published = item.get("published")
    date = str(published) if isinstance(published, int | float) else _text(item, "published")
    return (_text(item, "title"), _text(item, "summary"), _text(item, "text")), dates.read(date), _text(item, "source")


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{name} is not text")
    return value


def _plain(item_id: Any, labels: Labels) -> dict[str, Any]:
    return {
        "id": item_id,
        "level": labels.level,
        "score": round(labels.score, 4),
        "topics": [topic.topic for topic in labels.topics],
        "actors": sorted({mention.actor_id for mention in labels.actors}),
        "events": list(dict.fromkeys(_triple(event) for event in labels.events if event.is_told)),
        "evidence": [
            *(_evidence("relevance", words) for words in labels.evidence),
            *(_evidence(topic.topic, words) for topic in labels.topics for words in topic.evidence),
        ],
    }


def _evidence(label: str, words: Evidence) -> dict[str, Any]:
    """The words that a label rests on, as they stand in a field of the item."""
    return {"label": label, "term": words.term, "field": words.field, "start": words.start, "text": words.text}


def _triple(event: Event) -> tuple[str, str, str]:
    """Who does what to whom, by side."""
    return event.source_side, event.event_type, event.target_side
