"""Says of an article whether it is about the affair, which topics and actors it has, and which words say so."""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime

from tasks.tagging import actors, calibration, relevance, seedbook, topics
from tasks.tagging.actors import Gazetteer
from tasks.tagging.events import Coder
from tasks.tagging.lexicon import Lexicon
from tasks.tagging.reading import Reader
from tasks.tagging.relevance import Verdict
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
        self._nothing = Labels(0, seeds.unread_score, (), (), (), seeds.version)

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
        day = _day(published_at)
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

    def verdict(
        self, title: str, summary: str, text: str, *, published_at: datetime | None, outlet_name: str | None = None
    ) -> Verdict:
        """What the relevance of an article rests on; the rule is `UNREAD` where no word can mean Venezuela."""
        item = self._reader.read(title, summary, text, outlet_name or "")
        if item is None:
            return Verdict(0, self._seeds.unread_score, calibration.UNREAD, ())
        return relevance.judge(relevance.signals(item), self._seeds.relevance_rules, _day(published_at))


def _day(published_at: datetime | None) -> date | None:
    return None if published_at is None else published_at.astimezone(UTC).date()
