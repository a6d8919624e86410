"""Labels the articles of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tasks.tagging import language
from tasks.tagging.tagger import Tagger
from tasks.workers import Workers
from warehouse.model import Draft, Labels, Words

PORTION = 250
"""Texts that a process is given at a time: a twentieth of a second of work."""


class Text(NamedTuple):
    """What the labels of an article rest on."""

    title: str
    summary_text: str
    full_text: str
    at: datetime
    outlet_name: str
    declared_language: str | None

    @property
    def words(self) -> Words:
        """What of it is compared with other articles."""
        return Words(self.title, self.full_text or self.summary_text, self.outlet_name)


Verdict = tuple[Labels, str | None]
"""The labels of an article and the language of its text."""


def label(texts: Sequence[Text], workers: Workers) -> tuple[Verdict, ...]:
    """Labels and language of each text, by the rules of the bundled seeds."""
    return tuple(workers.map(judge, texts, portion=PORTION))


def prepare() -> None:
    """Build what `judge` needs, once a process."""
    Tagger.from_seeds()


def text_of(draft: Draft) -> Text:
    """What the labels of a draft rest on."""
    return Text(
        draft.title,
        draft.summary_text,
        draft.full_text,
        draft.reported_at,
        draft.outlet_name,
        draft.declared_language,
    )


def judge(texts: Sequence[Text]) -> list[Verdict]:
    """What `label` gives, by this process."""
    tagger = Tagger.from_seeds()
    return [_judge(text, tagger) for text in texts]


def _judge(text: Text, tagger: Tagger) -> Verdict:
    labels = tagger.tag(
        text.title, text.summary_text, text.full_text, published_at=text.at, outlet_name=text.outlet_name
    )
    return labels, language.detect(text.title, text.summary_text, text.declared_language)
