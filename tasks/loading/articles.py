"""Which articles a batch changes, and what each shows afterwards.

An article shows the newest wording of one entry: that of its publisher's own feed before another's, one with a
summary before one without, then the least id. None of this depends on which feed came first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tasks.loading import dating
from warehouse.model import Draft, Identified, KnownArticle, Outlet, Wording, story_founded_by


def drafts(
    revisions: Sequence[Wording],
    *,
    known: Mapping[str, KnownArticle],
    priorities: Mapping[str, int],
    outlets: Mapping[str, Outlet],
) -> tuple[Draft, ...]:
    """The articles that are new or show other words after the given wordings, by article id.

    `priorities` has the priority of each entry, stored or new (see `assembly.priorities`).
    """
    newest: dict[str, Wording] = {}
    for revision in revisions:
        item = revision.identified
        rank = (priorities[item.entry_id], item.entry_id)
        article = known.get(item.article_id)
        if article and rank > (article.shown_priority, article.shown_entry_id):
            continue
        best = newest.get(item.article_id)
        best_rank = (priorities[best.identified.entry_id], best.identified.entry_id) if best else rank
        if best is None or (rank, -revision.number) <= (best_rank, -best.number):
            newest[item.article_id] = revision
    first_seen = _first_seen(revisions)
    return tuple(
        _draft(newest[article_id].identified, known.get(article_id), priorities, outlets, first_seen)
        for article_id in sorted(newest)
    )


def _first_seen(revisions: Sequence[Wording]) -> dict[str, Identified]:
    first: dict[str, Identified] = {}
    for revision in revisions:
        item = revision.identified
        other = first.get(item.article_id)
        if other is None or item.sighting.seen_at < other.sighting.seen_at:
            first[item.article_id] = item
    return first


def _draft(
    item: Identified,
    known: KnownArticle | None,
    priorities: Mapping[str, int],
    outlets: Mapping[str, Outlet],
    first_seen: Mapping[str, Identified],
) -> Draft:
    entry = item.sighting.entry
    # What the page gave is worth more than what any feed carries, and stays through every re-wording.
    page_text = known.page_text if known else None
    seen_at = first_seen[item.article_id].sighting.seen_at
    first_seen_at = min(known.first_seen_at, seen_at) if known else seen_at
    reported_at, date_quality = dating.judge(entry.published_at, entry.updated_at, first_seen_at)
    return Draft(
        article_id=item.article_id,
        canonical_url=item.canonical_url,
        outlet_id=item.outlet_id,
        outlet_name=outlets[item.outlet_id].name if item.outlet_id in outlets else "",
        shown_entry_id=item.entry_id,
        shown_priority=priorities[item.entry_id],
        story_id=known.story_id if known else story_founded_by(item.article_id),
        is_new=known is None,
        title=entry.title,
        summary_text=entry.summary_text,
        full_text=page_text or entry.content_text,
        full_text_source="page" if page_text else "feed" if entry.content_text else None,
        declared_language=entry.language,
        published_at=entry.published_at,
        reported_at=reported_at,
        first_seen_at=first_seen_at,
        seen_at=item.sighting.seen_at,
        date_quality=date_quality,
        copy_of_article_id=known.copy_of_article_id if known else None,
        agency=known.agency if known else None,
    )
