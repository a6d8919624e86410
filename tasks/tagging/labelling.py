"""Labels the articles of a batch."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.tagging import language
from tasks.tagging.tagger import Tagger
from warehouse.model import Draft, Labelled


def label(drafts: Sequence[Draft]) -> tuple[Labelled, ...]:
    """Each draft with its labels and its language, by the rules of the bundled seeds."""
    tagger = Tagger.from_seeds()
    return tuple(_labelled(draft, tagger) for draft in drafts)


def _labelled(draft: Draft, tagger: Tagger) -> Labelled:
    labels = tagger.tag(
        draft.title,
        draft.summary_text,
        draft.full_text,
        published_at=draft.published_at or draft.first_seen_at,
        outlet_name=draft.outlet_name,
    )
    return Labelled(draft, labels, language.detect(draft.title, draft.summary_text, draft.declared_language))
