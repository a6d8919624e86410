"""Says of an article whether it is about the affair, which topics and actors it has, and which words say so."""

from __future__ import annotations

import functools
from datetime import UTC, datetime

from tasks.tagging import actors, relevance, seedbook, topics
from tasks.tagging.actors import Gazetteer
from tasks.tagging.events import Coder
from tasks.tagging.lexicon import Lexicon
from tasks.tagging.reading import Reader
from tasks.tagging.seedbook import Seeds
from warehouse.model import Labels


class Tagger:
    """Labels articles by the rules of one set of seeds. It holds no state: equal articles get equal labels."""

    def __init__(self, seeds: Seeds) -> None:
        self.rules_version = seeds.version
        self._seeds = seeds
        self._reader = Reader(Lexicon(seeds.terms))
        self._gazetteer = Gazetteer(seeds)
        self._coder = Coder(seeds)
        self._nothing = Labels(0, 0.0, (), (), (), seeds.version)

    @classmethod
    @functools.cache
    def from_seeds(cls) -> Tagger:
        """The tagger of the seeds that the package carries, built once a process."""
        return cls(seedbook.load())

    def tag(
        self, title: str, summary: str, text: str, *, published_at: datetime | None, outlet_name: str | None = None
    ) -> Labels:
        """The labels of an article, with plain text in its three fields.

        `published_at` (aware) says who held which office and which affairs were under way; `outlet_name` is who
        published it, whose own name in the title is not news.
        """
        item = self._reader.read(title, summary, text, outlet_name or "")
        if item is None:
            return self._nothing
        day = None if published_at is None else published_at.astimezone(UTC).date()
        found = relevance.signals(item)
        verdict = relevance.judge(found, self._seeds.relevance_rules, day)
        if verdict.level == 0:
            return Labels(0, verdict.score, (), (), (), self.rules_version)
        names = self._gazetteer.named(item, day)
        return Labels(
            level=verdict.level,
            score=verdict.score,
            topics=topics.label(found, self._seeds, day),
            actors=actors.mentions(names),
            evidence=verdict.evidence,
            rules_version=self.rules_version,
            events=self._coder.code(item, names, day),
        )
