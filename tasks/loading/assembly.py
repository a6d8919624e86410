"""Puts what the steps found into the rows of one batch. Pure: it neither reads nor writes the warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from warehouse import rows
from warehouse.model import (
    Decisions,
    Document,
    Event,
    Evidence,
    Failed,
    Feed,
    Fetched,
    Identified,
    Labelled,
    Link,
    NotModified,
    Outcome,
    Poll,
    Prints,
    Report,
    Seen,
    Wording,
)


def entry_rows(decisions: Decisions, priorities: Mapping[str, int]) -> tuple[rows.Entry, ...]:
    """The entries that are new."""
    seen = {item.entry_id: item for item in decisions.seen}
    return tuple(_entry(item, seen[item.entry_id], priorities) for item in decisions.new)


def seen_again_rows(decisions: Decisions) -> tuple[rows.SeenAgain, ...]:
    """The known entries that the batch saw again."""
    new = {item.entry_id for item in decisions.new}
    return tuple(
        rows.SeenAgain(s.entry_id, s.last_seen_at, s.revision_count, s.wording_sha256)
        for s in decisions.seen
        if s.entry_id not in new
    )


def revision_rows(decisions: Decisions) -> tuple[rows.Revision, ...]:
    """The wordings to store."""
    return tuple(map(_revision, decisions.revisions))


def address_rows(identified: Iterable[Identified]) -> tuple[rows.ArticleAddress, ...]:
    """The addresses that lead to the articles, each once."""
    found = {
        (item.article_id, address.url): rows.ArticleAddress(item.article_id, address.url, address.kind)
        for item in identified
        for address in item.urls
    }
    return tuple(found[key] for key in sorted(found))


def article_rows(labelled: Iterable[Labelled]) -> tuple[rows.Article, ...]:
    """The articles, each with its labels."""
    return tuple(map(_article, labelled))


def topic_rows(labelled: Iterable[Labelled]) -> tuple[rows.ArticleTopic, ...]:
    """The topics of the articles."""
    return tuple(
        rows.ArticleTopic(item.draft.article_id, topic.topic, _evidence(topic.evidence), item.labels.rules_version)
        for item in labelled
        for topic in item.labels.topics
    )


def actor_rows(labelled: Iterable[Labelled]) -> tuple[rows.ArticleActor, ...]:
    """The actors that the articles name."""
    return tuple(
        rows.ArticleActor(
            item.draft.article_id, m.actor_id, m.role, m.matched_text, m.field, m.start, item.labels.rules_version
        )
        for item in labelled
        for m in item.labels.actors
    )


def event_rows(labelled: Iterable[Labelled]) -> tuple[rows.ArticleEvent, ...]:
    """The events that the articles state, those that a guard caught included."""
    return tuple(_event(item, event) for item in labelled for event in item.labels.events)


def report(item: Labelled) -> Report:
    """A labelled article as grouping sees it; one that is stored keeps its story."""
    draft = item.draft
    return Report(
        article_id=draft.article_id,
        title=draft.title,
        text=draft.full_text or draft.summary_text,
        language=item.language,
        outlet_id=draft.outlet_id,
        outlet_name=draft.outlet_name,
        reported_at=draft.reported_at,
        story_id=None if draft.is_new else draft.story_id,
        copy_of_article_id=draft.copy_of_article_id,
    )


def band_rows(prints: Iterable[Prints]) -> tuple[rows.Band, ...]:
    """The bands of grouped articles."""
    return tuple(
        rows.Band(mark.article_id, band, mark.reported_at) for mark in prints for band in sorted(set(mark.bands))
    )


def vector_rows(prints: Iterable[Prints]) -> tuple[rows.Vector, ...]:
    """The vectors of grouped articles."""
    return tuple(rows.Vector(mark.article_id, mark.reported_at, mark.model, mark.vector) for mark in prints)


def link_rows(links: Iterable[Link], now: datetime) -> tuple[rows.DuplicateLink, ...]:
    """The decisions that articles are copies, or report one event."""
    return tuple(rows.DuplicateLink(x.left_id, x.right_id, x.level, x.similarity, x.reason, now) for x in links)


def fetch_row(
    run_id: str, poll: Poll, outcome: Outcome, document: Document | None, new_entry_count: int | None
) -> rows.Fetch:
    """The record of one attempt. `document` is None where there was nothing to parse."""
    answer = outcome.answer
    failed = outcome if isinstance(outcome, Failed) else None
    return rows.Fetch(
        run_id=run_id,
        feed_id=answer.feed_id,
        started_at=answer.started_at,
        seconds=answer.seconds,
        outcome=outcome_name(poll, outcome),
        http_status=answer.http_status,
        bytes_received=answer.bytes_received,
        body_sha256=outcome.body_sha256 if isinstance(outcome, Fetched) else None,
        entry_count=len(document.entries) if document else None,
        new_entry_count=new_entry_count,
        error_kind=failed.kind if failed else None,
        error_message=failed.reason if failed else None,
        redirected_to_url=answer.url if answer.redirects else None,
        retry_after_seconds=failed.retry_after_seconds if failed else None,
        problems=document.problems if document else (),
    )


def outcome_name(poll: Poll, outcome: Outcome) -> str:
    """fetched, not_modified, unchanged or failed."""
    match outcome:
        case Fetched(body_sha256=sha256):
            return "unchanged" if sha256 == poll.state.last_body_sha256 else "fetched"
        case NotModified():
            return "not_modified"
        case Failed():
            return "failed"


def priorities(decisions: Decisions, stored: Mapping[str, int], feeds: Mapping[str, Feed]) -> dict[str, int]:
    """The priority of every entry with a wording to store: the stored one, or that of its first wording."""
    from_first = {item.entry_id: _priority(item, feeds[item.sighting.feed_id]) for item in decisions.new}
    return dict(stored) | from_first


def _priority(item: Identified, feed: Feed) -> int:
    is_foreign = feed.outlet_id != item.outlet_id
    return 2 * is_foreign + (not item.sighting.entry.summary_text)


def _entry(item: Identified, seen: Seen, priority: Mapping[str, int]) -> rows.Entry:
    entry = item.sighting.entry
    return rows.Entry(
        entry_id=item.entry_id,
        feed_id=item.sighting.feed_id,
        guid=entry.guid,
        link=entry.link,
        article_id=item.article_id,
        title=entry.title,
        priority=priority[item.entry_id],
        first_seen_at=seen.first_seen_at,
        last_seen_at=seen.last_seen_at,
        revision_count=seen.revision_count,
        wording_sha256=seen.wording_sha256,
        identity_reason=item.identity_reason,
        article_reason=item.article_reason,
    )


def _revision(wording: Wording) -> rows.Revision:
    item = wording.identified
    entry = item.sighting.entry
    return rows.Revision(
        entry_id=item.entry_id,
        revision_number=wording.number,
        title=entry.title,
        summary_text=entry.summary_text,
        content_text=entry.content_text,
        authors=entry.authors,
        categories=entry.categories,
        language=entry.language,
        published_at=entry.published_at,
        updated_at=entry.updated_at,
        seen_at=item.sighting.seen_at,
        body_sha256=item.sighting.body_sha256,
        wording_sha256=item.wording_sha256,
    )


def _article(item: Labelled) -> rows.Article:
    draft, labels = item.draft, item.labels
    return rows.Article(
        article_id=draft.article_id,
        canonical_url=draft.canonical_url,
        outlet_id=draft.outlet_id,
        language=item.language,
        title=draft.title,
        summary_text=draft.summary_text,
        full_text=draft.full_text or None,
        full_text_source=draft.full_text_source,
        published_at=draft.published_at,
        first_seen_at=draft.first_seen_at,
        reported_at=draft.reported_at,
        date_quality=draft.date_quality,
        story_id=draft.story_id,
        copy_of_article_id=draft.copy_of_article_id,
        agency=draft.agency,
        shown_entry_id=draft.shown_entry_id,
        shown_priority=draft.shown_priority,
        relevance_level=labels.level,
        relevance_score=labels.score,
        is_relevant=labels.is_relevant,
        relevance_evidence=_evidence(labels.evidence),
        rules_version=labels.rules_version,
    )


def _event(item: Labelled, event: Event) -> rows.ArticleEvent:
    return rows.ArticleEvent(
        article_id=item.draft.article_id,
        event_date=event.event_date,
        source_actor_id=event.source_actor_id,
        source_side=event.source_side,
        event_type=event.event_type,
        event_mode=event.event_mode,
        target_actor_id=event.target_actor_id,
        target_side=event.target_side,
        is_reciprocal=event.is_reciprocal,
        weight=event.weight,
        status=event.status,
        guard=event.guard,
        is_counted=event.is_counted,
        confidence=event.confidence,
        evidence=_evidence(event.evidence),
        pattern_id=event.pattern_id,
        rules_version=item.labels.rules_version,
    )


def _evidence(evidence: Iterable[Evidence]) -> tuple[dict[str, Any], ...]:
    return tuple({"term": e.term, "field": e.field, "start_offset": e.start, "text": e.text} for e in evidence)
