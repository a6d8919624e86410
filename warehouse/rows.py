"""Rows as the store writes them: each class has the columns of the table it names, in the table's own terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from warehouse.model import FeedState, Outlet


@dataclass(frozen=True, slots=True)
class Run:
    """raw.runs"""

    run_id: str
    flow: str
    started_at: datetime
    finished_at: datetime | None = None
    status: str = "running"
    message: str = ""
    due_count: int = 0
    fetched_count: int = 0
    not_modified_count: int = 0
    unchanged_count: int = 0
    failed_count: int = 0
    entries_seen_count: int = 0
    entries_new_count: int = 0
    entries_revised_count: int = 0
    articles_new_count: int = 0
    stories_new_count: int = 0
    relevant_new_count: int = 0
    events_new_count: int = 0
    prefect_flow_run_id: str | None = None
    code_version: str = ""
    rules_version: str = ""


@dataclass(frozen=True, slots=True)
class Fetch:
    """raw.fetches"""

    run_id: str
    feed_id: str
    started_at: datetime
    seconds: float
    outcome: str
    http_status: int | None = None
    bytes_received: int = 0
    body_sha256: str | None = None
    entry_count: int | None = None
    new_entry_count: int | None = None
    error_kind: str | None = None
    error_message: str | None = None
    redirected_to_url: str | None = None
    retry_after_seconds: float | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedMove:
    """raw.feed_moves"""

    feed_id: str
    moved_at: datetime
    from_url: str
    to_url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """raw.entries"""

    entry_id: str
    feed_id: str
    guid: str | None
    link: str | None
    article_id: str
    title: str
    priority: int
    first_seen_at: datetime
    last_seen_at: datetime
    revision_count: int
    wording_sha256: str
    identity_reason: str
    article_reason: str


@dataclass(frozen=True, slots=True)
class SeenAgain:
    """What changes in raw.entries when a known entry is seen again."""

    entry_id: str
    last_seen_at: datetime
    revision_count: int
    wording_sha256: str


@dataclass(frozen=True, slots=True)
class Revision:
    """raw.entry_revisions"""

    entry_id: str
    revision_number: int
    title: str
    summary_text: str
    content_text: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    language: str | None
    published_at: datetime | None
    updated_at: datetime | None
    seen_at: datetime
    body_sha256: str
    wording_sha256: str


@dataclass(frozen=True, slots=True)
class Page:
    """raw.pages"""

    article_id: str
    run_id: str
    fetched_at: datetime
    attempt_number: int
    url: str
    outcome: str
    kind: str = ""
    reason: str = ""
    method: str | None = None
    title: str | None = None
    http_status: int | None = None
    seconds: float | None = None
    bytes_received: int = 0
    body_sha256: str | None = None
    led_to_url: str | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Robots:
    """raw.robots"""

    robots_url: str
    fetched_at: datetime
    run_id: str
    standing: str
    http_status: int | None = None
    body_sha256: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """core.articles"""

    article_id: str
    canonical_url: str
    outlet_id: str
    language: str | None
    title: str
    summary_text: str
    full_text: str | None
    full_text_source: str | None
    published_at: datetime | None
    first_seen_at: datetime
    reported_at: datetime
    date_quality: str
    story_id: str
    copy_of_article_id: str | None
    agency: str | None
    shown_entry_id: str
    shown_priority: int
    relevance_level: int
    relevance_score: float
    is_relevant: bool
    relevance_evidence: tuple[dict[str, Any], ...]
    rules_version: str


@dataclass(frozen=True, slots=True)
class ArticleAddress:
    """core.article_urls"""

    article_id: str
    url: str
    kind: str


@dataclass(frozen=True, slots=True)
class ArticleTopic:
    """core.article_topics"""

    article_id: str
    topic: str
    evidence: tuple[dict[str, Any], ...]
    rules_version: str


@dataclass(frozen=True, slots=True)
class ArticleActor:
    """core.article_actors"""

    article_id: str
    actor_id: str
    role: str
    matched_text: str
    field: str
    start_offset: int
    rules_version: str


@dataclass(frozen=True, slots=True)
class ArticleEvent:
    """core.events"""

    article_id: str
    event_date: date | None
    source_actor_id: str | None
    source_side: str
    event_type: str
    event_mode: str
    target_actor_id: str | None
    target_side: str
    is_reciprocal: bool
    weight: float
    status: str
    guard: str
    is_counted: bool
    confidence: float
    evidence: tuple[dict[str, Any], ...]
    pattern_id: str
    rules_version: str


@dataclass(frozen=True, slots=True)
class Band:
    """core.article_bands"""

    article_id: str
    band: int
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Vector:
    """core.article_vectors"""

    article_id: str
    reported_at: datetime
    model: str
    vector: bytes


@dataclass(frozen=True, slots=True)
class DuplicateLink:
    """core.duplicate_links"""

    left_id: str
    right_id: str
    level: str
    similarity: float
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Merge:
    """A story that went on in another: what core.stories.merged_into_story_id says."""

    story_id: str
    merged_into_story_id: str


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one transaction writes. `entries` are new, `seen_again` are known ones."""

    batch_id: str
    run_id: str
    loaded_at: datetime
    fetches: tuple[Fetch, ...] = ()
    states: tuple[FeedState, ...] = ()
    moves: tuple[FeedMove, ...] = ()
    outlets: tuple[Outlet, ...] = ()
    entries: tuple[Entry, ...] = ()
    seen_again: tuple[SeenAgain, ...] = ()
    revisions: tuple[Revision, ...] = ()
    articles: tuple[Article, ...] = ()
    addresses: tuple[ArticleAddress, ...] = ()
    topics: tuple[ArticleTopic, ...] = ()
    actors: tuple[ArticleActor, ...] = ()
    events: tuple[ArticleEvent, ...] = ()
    bands: tuple[Band, ...] = ()
    vectors: tuple[Vector, ...] = ()
    links: tuple[DuplicateLink, ...] = ()
    merges: tuple[Merge, ...] = ()
    pages: tuple[Page, ...] = ()
    robots: tuple[Robots, ...] = ()
    entry_count: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """core.alerts"""

    alert_id: str
    rule: str
    kind: str
    subject: str
    story_id: str | None
    raised_at: datetime
    channel: str
    text: str
    url: str | None
    status: str
    delivered_at: datetime | None = None
    delivery_id: str | None = None
    attempt_count: int = 0
    next_attempt_at: datetime | None = None
    error: str | None = None
