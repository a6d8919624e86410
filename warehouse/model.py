"""The vocabulary: values that the steps hand to one another, from the catalogue to the load.

All are frozen, and all times are aware datetimes in UTC. Nothing here does I/O or knows a step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

Grade = Literal["temporary", "soft", "hard"]
FeedStatus = Literal["ok", "failing", "quiet", "gone", "disabled"]
UrlKind = Literal["canonical", "tracking", "amp", "mobile", "aggregator", "redirect"]
TextField = Literal["title", "summary", "text"]
EventStatus = Literal["asserted", "claimed", "threatened", "planned", "denied"]
TextSource = Literal["feed", "page"]
PageOutcome = Literal["text", "wall", "opted_out", "disallowed", "no_text", "merged", "failed"]
Side = Literal["US", "VE", "third"]

LANGUAGES = ("en", "es", "pt")


# --- the catalogue -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outlet:
    """A publisher. `is_state_affiliated` is None where nobody has established it; `hosts` are without `www`.

    `exile_url` is a page that documents that it works from abroad since it had to leave its country.
    """

    outlet_id: str
    name: str
    country: str | None
    kind: str
    is_state_affiliated: bool | None = None
    home_url: str | None = None
    hosts: tuple[str, ...] = ()
    exile_url: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of the catalogue. `status_reason` says why a disabled feed is disabled."""

    feed_id: str
    url: str
    outlet_id: str
    language: str | None
    is_enabled: bool = True
    status_reason: str = ""


@dataclass(frozen=True, slots=True)
class FeedState:
    """What earlier polls of a feed left behind; the poll plan is made from this and the clock.

    `etag` and `last_modified` are kept verbatim, to be sent back byte for byte. `redirect_url` is the
    target of the permanent redirect seen on the last `redirect_count` polls in a row. `news_gap_seconds`
    is the running mean of the time between polls that brought something new.
    """

    feed_id: str
    etag: str | None = None
    last_modified: str | None = None
    last_body_sha256: str | None = None
    next_poll_at: datetime | None = None
    poll_interval_seconds: float | None = None
    consecutive_failures: int = 0
    last_success_at: datetime | None = None
    last_full_fetch_at: datetime | None = None
    last_new_entry_at: datetime | None = None
    news_gap_seconds: float | None = None
    redirect_url: str | None = None
    redirect_count: int = 0
    status: FeedStatus = "ok"
    status_reason: str = ""


@dataclass(frozen=True, slots=True)
class Poll:
    """One planned request: a feed and what is known of it."""

    feed: Feed
    state: FeedState


# --- fetching ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Redirect:
    """One hop: the status that was answered and the address it pointed to."""

    status: int
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What every attempt records. `url` is the address that answered last, `headers` have lower-case names."""

    feed_id: str
    started_at: datetime
    seconds: float
    url: str
    http_status: int | None = None
    bytes_received: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    redirects: tuple[Redirect, ...] = ()

    def header(self, name: str) -> str | None:
        """The first value of a header (name in lower case), or None."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body came, and lies in the raw archive under its SHA-256."""

    answer: Answer
    body_sha256: str
    body_bytes: int


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server said 304."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable body. `kind` is a short code, `reason` a sentence that names the thing and the remedy."""

    answer: Answer
    kind: str
    grade: Grade
    reason: str
    retry_after_seconds: float | None = None


Outcome = Fetched | NotModified | Failed


@dataclass(frozen=True, slots=True)
class Harvest:
    """What became of a fetched body: how much of it was new, and how often the document asks to be polled."""

    entry_count: int = 0
    known_count: int = 0
    new_count: int = 0
    revised_count: int = 0
    newest_published_at: datetime | None = None
    pace: Pace | None = None


# --- parsing -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed document, as plain text: no markup, no entities, white space folded.

    `link` is absolute. `published_at` and `updated_at` are what the document says, unjudged. `source_name`
    and `source_url` name the original publisher where an aggregator does.
    """

    guid: str | None
    link: str | None
    title: str
    summary_text: str = ""
    content_text: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str | None = None
    source_name: str | None = None
    source_url: str | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a document asks to be polled: RSS ttl and skips, the syndication module's period."""

    minimum_seconds: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed feed document. `problems` are sentences about what had to be repaired or left out."""

    format: str
    title: str
    language: str | None
    entries: tuple[Entry, ...]
    pace: Pace = field(default_factory=Pace)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotAFeed:
    """A body that no reader could take for a feed. `kind` is a short code, `reason` a sentence with the remedy."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageText:
    """The article that a page holds, as plain text, a line a paragraph; `method` is what told it from the rest.

    `wall` is the wall that the page shows signs of: it counts if the text turns out to be little.
    """

    title: str
    text: str
    method: str
    wall: NoText | None = None


@dataclass(frozen=True, slots=True)
class NoText:
    """A page that gives no text. `kind` is a short code, `reason` a sentence."""

    outcome: PageOutcome
    kind: str
    reason: str


Page = PageText | NoText


# --- dedup -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sighting:
    """An entry as one body of one feed showed it at one time."""

    feed_id: str
    body_sha256: str
    seen_at: datetime
    entry: Entry


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What the warehouse holds of an entry: enough to tell seen, revised and new apart.

    `link` and `title` are those it was first seen with: the link named its article, and both together tell later
    whether a guid still names the same item. They never change, so that what is seen again is judged as it was before.
    """

    entry_id: str
    feed_id: str
    article_id: str
    link: str | None
    title: str
    last_seen_at: datetime
    revision_count: int
    wording_sha256: str
    priority: int = 0


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """What the warehouse holds of an article: enough to tell whether a batch changes what it shows.

    `page_text` is the full text that its page gave; a feed's words never take its place.
    """

    article_id: str
    outlet_id: str
    shown_entry_id: str
    shown_priority: int
    first_seen_at: datetime
    story_id: str
    copy_of_article_id: str | None = None
    agency: str | None = None
    page_text: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleUrl:
    """An address that leads to an article."""

    url: str
    kind: UrlKind


@dataclass(frozen=True, slots=True)
class Identified:
    """A sighting with its identity: which entry and which article it is, and why.

    `wording_sha256` covers the words a reader sees; another value under the same `entry_id` is a revision.
    """

    sighting: Sighting
    entry_id: str
    article_id: str
    canonical_url: str
    urls: tuple[ArticleUrl, ...]
    outlet_id: str
    wording_sha256: str
    identity_reason: str
    article_reason: str


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording to store; number 1 is the first wording of a new entry."""

    identified: Identified
    number: int


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry of the batch: when it was first and last seen in it, and what is known once the batch is loaded."""

    entry_id: str
    first_seen_at: datetime
    last_seen_at: datetime
    revision_count: int
    wording_sha256: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a batch adds. Each is in the order of entry ids, wordings by number.

    `new` holds the first sighting of each entry that was not known, `revisions` every wording to store (the first one
    of the new entries included), `seen` one line for each entry of the batch, new or not.
    """

    new: tuple[Identified, ...]
    revisions: tuple[Wording, ...]
    seen: tuple[Seen, ...]

    @property
    def revised_count(self) -> int:
        """Wordings that replace an earlier one."""
        return sum(revision.number > 1 for revision in self.revisions)


# --- tagging -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words a label rests on: `text` stands at [start, start + len(text)) of the stored field."""

    term: str
    field: TextField
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class TopicLabel:
    """A topic of an article and the words it rests on."""

    topic: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """An actor named in an article."""

    actor_id: str
    role: str
    matched_text: str
    field: TextField
    start: int


@dataclass(frozen=True, slots=True)
class Event:
    """Who does what to whom, as an article states it.

    An actor id is None where only a side is named; `weight` runs from -10 (hostile) to 10 (cooperative). `guard` names
    what keeps the event from counting as done (`negation`, `possibility`, `background`, …), empty where nothing does.
    A reciprocal event puts both parties on both sides. `confidence` is the share of right ones among labelled events
    of the same construction. `is_aftermath` marks as background what happened lately and other news comes after.
    """

    source_actor_id: str | None
    source_side: Side
    event_type: str
    event_mode: str
    target_actor_id: str | None
    target_side: Side
    weight: float
    status: EventStatus
    confidence: float
    evidence: tuple[Evidence, ...]
    pattern_id: str
    event_date: date | None
    is_reciprocal: bool = False
    guard: str = ""
    is_aftermath: bool = False

    @property
    def is_counted(self) -> bool:
        """Whether it is news of something done: asserted or claimed, and caught by no guard."""
        return self.status in ("asserted", "claimed") and not self.guard

    @property
    def is_told(self) -> bool:
        """Whether it is told as done: as news, or as what other news comes after, which no day counts again."""
        return self.is_counted or self.is_aftermath


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as a batch leaves it, before it is labelled: new, in other words, or from a better entry.

    `full_text` is what its page gave or else what the feed carried of it, empty where that is nothing more than a
    summary; `full_text_source` says which. `reported_at` is the time to plot it at, `date_quality` what that rests on.
    """

    article_id: str
    canonical_url: str
    outlet_id: str
    outlet_name: str
    shown_entry_id: str
    shown_priority: int
    story_id: str
    is_new: bool
    title: str
    summary_text: str
    full_text: str
    declared_language: str | None
    published_at: datetime | None
    reported_at: datetime
    first_seen_at: datetime
    seen_at: datetime
    date_quality: str
    full_text_source: TextSource | None = None
    copy_of_article_id: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Labels:
    """What the tagger says of one article: relevance level 0, 1 or 2, a score in [0, 1], and why."""

    level: int
    score: float
    topics: tuple[TopicLabel, ...]
    actors: tuple[Mention, ...]
    evidence: tuple[Evidence, ...]
    rules_version: str
    events: tuple[Event, ...] = ()

    @property
    def is_relevant(self) -> bool:
        return self.level >= 1


@dataclass(frozen=True, slots=True)
class Labelled:
    """A draft with its labels and the language of its text."""

    draft: Draft
    labels: Labels
    language: str | None


# --- grouping ----------------------------------------------------------------------------------


class Words(NamedTuple):
    """What of an article is compared; `text` is its full text where there is one, else its summary."""

    title: str
    text: str
    outlet_name: str


class Mark(NamedTuple):
    """What words are compared by: band hashes of them, and the vector of headline and lead with its model's name.

    Vectors of different models cannot be compared.
    """

    bands: tuple[int, ...]
    model: str
    vector: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """An article's words and time; `text` is its full text where there is one, else its summary.

    `story_id` is the story that a stored article stands in, and `story_began_at` the time of its first report; both are
    None for a new one. `copy_of_article_id` is what a stored article was found to republish.
    """

    article_id: str
    title: str
    text: str
    language: str | None
    outlet_id: str
    outlet_name: str
    reported_at: datetime
    story_id: str | None = None
    story_began_at: datetime | None = None
    copy_of_article_id: str | None = None

    @property
    def words(self) -> Words:
        """What of it is compared."""
        return Words(self.title, self.text, self.outlet_name)

    @property
    def age_rank(self) -> tuple[datetime, str]:
        """Sorts reports by time, those of one time by id."""
        return self.reported_at, self.article_id


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """One decision that two articles are the same at a level. `reason` says why, in words."""

    left_id: str
    right_id: str
    level: Literal["copy", "story"]
    similarity: float
    reason: str


@dataclass(frozen=True, slots=True)
class Prints:
    """An article's mark, by which later ones find it, and when it was reported."""

    article_id: str
    reported_at: datetime
    bands: tuple[int, ...]
    model: str
    vector: bytes

    @classmethod
    def of(cls, report: Report, mark: Mark) -> Prints:
        """Those of a report whose words have a mark."""
        return cls(report.article_id, report.reported_at, *mark)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Stored articles that new ones may be the same as.

    `sharing` share `bands` with them, `around` are the others of the days around them, without their texts, since a
    vector stands for what they say; `vectors` are of both.
    """

    sharing: tuple[Report, ...] = ()
    around: tuple[Report, ...] = ()
    vectors: Mapping[str, bytes] = field(default_factory=dict)
    bands: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Act:
    """A counted event as a rule sees it."""

    event_type: str
    source_side: str
    target_side: str


@dataclass(frozen=True, slots=True)
class Story:
    """A story with a fresh report; `texts` are title and summary of its fresh reports, `level` is 0 if irrelevant."""

    story_id: str
    headline: str
    url: str
    outlets: tuple[str, ...]
    independent_count: int
    level: int
    topics: frozenset[str]
    actors: frozenset[str]
    acts: frozenset[Act]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A headline that its publisher changed."""

    story_id: str
    outlet_id: str
    outlet: str
    old_title: str
    new_title: str
    url: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """An enabled feed that fails, is gone or quiet, and since when it has brought nothing."""

    feed_id: str
    outlet: str
    status: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Pulse:
    """Independent reports in the 24 hours before now, and in those before that, the newest first.

    `baseline` leaves out days on which no feed answered: nothing is known of them. `outlet_count` is of the first.
    """

    report_count: int
    outlet_count: int
    baseline: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Names that rules may use."""

    topics: frozenset[str]
    actors: frozenset[str]
    event_types: frozenset[str]
    outlets: frozenset[str]
    feeds: frozenset[str]


def story_founded_by(article_id: str) -> str:
    """Id of the story that an article founds."""
    return hashlib.sha256(f"story {article_id}".encode()).hexdigest()[:16]
