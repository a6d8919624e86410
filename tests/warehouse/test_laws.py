"""The laws: each is broken once by hand, and found with the row that breaks it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.warehouse import made
from tests.warehouse.made import Report, after
from warehouse import laws, reference, rows
from warehouse.catalogue import Catalogue
from warehouse.database import Connection
from warehouse.laws import LAWS, Finding
from warehouse.model import Feed, FeedState
from warehouse.store import Store

REPORTS = (
    Report("one", "🛢️ año: PDVSA oil flows", story_id="s", actor="pdvsa", summary="More."),
    Report("two", "Oil flows, says PDVSA", story_id="s", outlet_id="dos", at=after(hours=1), copy_of="one"),
    Report("other", "Weather", topic=None),
)
STATE = FeedState("uno", last_body_sha256="body")
FETCH = rows.Fetch("r", "uno", after(), 0.1, "fetched", body_sha256="body")


@pytest.fixture(scope="module")
def _loaded() -> Iterator[Connection]:
    with made.in_memory() as connection:
        store = Store(connection)
        store.replace_reference(reference.tables())
        store.apply_catalogue(Catalogue((Feed("uno", "https://uno.example/rss", "uno", None),), ()), origin="catalogue")
        store.begin_run(rows.Run("r", "monitor", after()))
        store.load(made.batch(*REPORTS, states=(STATE,), fetches=(FETCH,)))
        yield connection


@pytest.fixture
def loaded(_loaded: Connection) -> Iterator[Connection]:
    """A loaded warehouse; what a test does to it is undone."""
    _loaded.execute("BEGIN")
    yield _loaded
    _loaded.execute("ROLLBACK")


def _broken(connection: Connection) -> dict[str, Finding]:
    return {finding.law.name: finding for finding in laws.check(connection) if not finding.holds}


def test_a_fresh_warehouse_breaks_no_law(db: Connection) -> None:
    assert _broken(db) == {}


def test_a_loaded_warehouse_breaks_no_law(loaded: Connection) -> None:
    assert _broken(loaded) == {}


def test_every_law_has_a_name_of_its_own_and_a_promise() -> None:
    assert len({law.name for law in LAWS}) == len(LAWS)
    assert all(law.promise for law in LAWS)


# Law: what breaks it, and what must be shown of the row that does.
BREAKS = {
    "unique-feeds": ("INSERT INTO raw.feeds FROM raw.feeds", "uno"),
    "unique-entries": ("INSERT INTO raw.entries FROM raw.entries WHERE entry_id = 'e-one'", "e-one"),
    "unique-entry-revisions": (
        "INSERT INTO raw.entry_revisions FROM raw.entry_revisions WHERE entry_id = 'e-one'",
        "e-one",
    ),
    "unique-batches": ("INSERT INTO raw.batches FROM raw.batches", "20260103T060000-ab-0001"),
    "unique-runs": ("INSERT INTO raw.runs FROM raw.runs", "r"),
    "unique-fetches": ("INSERT INTO raw.fetches FROM raw.fetches", "uno"),
    "unique-pages": (
        "INSERT INTO raw.pages (article_id, fetched_at) SELECT 'a-one', '2026-01-03' FROM range(2)",
        "a-one",
    ),
    "unique-robots": (
        "INSERT INTO raw.robots (robots_url, fetched_at) SELECT 'https://uno.example/r', '2026-01-03' FROM range(2)",
        "https://uno.example/r",
    ),
    "page-text-has-page": (
        "UPDATE core.articles SET full_text_source = 'page' WHERE article_id = 'a-one'",
        "a-one",
    ),
    "page-has-article": ("INSERT INTO raw.pages (article_id, url) VALUES ('a-none', 'u')", "a-none"),
    "unique-outlets": ("INSERT INTO core.outlets FROM core.outlets", "uno"),
    "unique-articles": ("INSERT INTO core.articles FROM core.articles WHERE article_id = 'a-one'", "a-one"),
    "unique-article-urls": ("INSERT INTO core.article_urls FROM core.article_urls WHERE article_id = 'a-one'", "a-one"),
    "unique-article-topics": (
        "INSERT INTO core.article_topics FROM core.article_topics WHERE article_id = 'a-one'",
        "a-one",
    ),
    "unique-article-words": (
        "INSERT INTO core.article_words FROM core.article_words WHERE article_id = 'a-one'",
        "a-one",
    ),
    "relevant-can-be-searched": ("DELETE FROM core.article_words WHERE article_id = 'a-one'", "a-one"),
    "unique-duplicate-links": (
        "INSERT INTO core.duplicate_links (left_id, right_id, level) SELECT 'e-one', 'a-one', 'url' FROM range(2)",
        "e-one",
    ),
    "unique-stories": ("INSERT INTO core.stories FROM core.stories WHERE story_id = 's'", "s"),
    "unique-alerts": (
        "INSERT INTO core.alerts (rule, subject, channel) SELECT 'talks', 's', 'mail' FROM range(2)",
        "talks",
    ),
    "article-has-canonical-url": ("UPDATE core.articles SET canonical_url = NULL WHERE article_id = 'a-one'", None),
    "article-has-entry": ("DELETE FROM raw.entries WHERE entry_id = 'e-one'", "a-one"),
    "entry-has-article": ("UPDATE raw.entries SET article_id = 'a-none' WHERE entry_id = 'e-one'", "e-one"),
    "article-has-story": ("UPDATE core.articles SET story_id = 's-none' WHERE article_id = 'a-one'", "a-one"),
    "story-has-article": ("INSERT INTO core.stories (story_id) VALUES ('s-none')", "s-none"),
    "story-resolves": (
        "INSERT INTO core.stories (story_id, merged_into_story_id) VALUES ('s1', 's2'), ('s2', 's')",
        "s1",
    ),
    "story-counts": ("UPDATE core.stories SET article_count = 3 WHERE story_id = 's'", "s"),
    "story-spans-articles": ("UPDATE core.stories SET first_reported_at = NULL WHERE story_id = 's'", "s"),
    "revisions-complete": ("UPDATE raw.entries SET revision_count = 2 WHERE entry_id = 'e-one'", "e-one"),
    "newest-wording-shown": ("UPDATE core.articles SET title = 'x' WHERE article_id = 'a-one'", "a-one"),
    "best-entry-shown": ("UPDATE core.articles SET shown_entry_id = 'e-two' WHERE article_id = 'a-one'", "a-one"),
    "relevance-evidence-found": (
        "UPDATE core.articles SET relevance_evidence = [{term: 't', field: 'title', start_offset: 1, text: 'Oil'}]",
        "a-two",
    ),
    "topic-evidence-found": (
        "UPDATE core.article_topics SET evidence = [{term: 't', field: 'summary', start_offset: 0, text: 'Oil'}]",
        "a-two",
    ),
    "event-evidence-found": (
        "INSERT INTO core.events BY NAME SELECT 'a-one' AS article_id, 'SANCTION' AS event_type, "
        "[{term: 't', field: 'title', start_offset: 900, text: 'Oil'}] AS evidence",
        "a-one",
    ),
    "event-of-relevant-article": (
        "INSERT INTO core.events BY NAME SELECT 'a-none' AS article_id, 'SANCTION' AS event_type",
        "a-none",
    ),
    "event-on-day-of-report": (
        "INSERT INTO core.events BY NAME SELECT 'a-one' AS article_id, 'SANCTION' AS event_type, "
        "DATE '2999-01-01' AS event_date",
        "a-one",
    ),
    "actor-found": ("UPDATE core.article_actors SET start_offset = start_offset + 1", "a-one"),
    "relevant-has-topic": ("DELETE FROM core.article_topics WHERE article_id = 'a-two'", "a-two"),
    "label-has-article": ("UPDATE core.article_topics SET article_id = 'a-none' WHERE article_id = 'a-one'", "a-none"),
    "relevance-levels": ("UPDATE core.articles SET relevance_level = 3 WHERE article_id = 'a-one'", "a-one"),
    "feed-state-behind-entries": ("UPDATE raw.feeds SET last_body_sha256 = 'later'", "uno"),
}
# Laws that one break can hardly show: other ways to break them.
MORE = [
    ("article-has-canonical-url", "UPDATE core.articles SET canonical_url = 'https://same.example/'"),
    ("story-resolves", "UPDATE core.stories SET merged_into_story_id = 's-none' WHERE story_id = 's'"),
    ("article-has-story", "UPDATE core.stories SET merged_into_story_id = 's-other' WHERE story_id = 's'"),
    ("story-counts", "UPDATE core.stories SET outlet_count = 1 WHERE story_id = 's'"),
    ("story-counts", "UPDATE core.stories SET independent_count = 2 WHERE story_id = 's'"),
    ("story-counts", "UPDATE core.stories SET is_relevant = false WHERE story_id = 's'"),
    (
        "story-spans-articles",
        "UPDATE core.stories SET last_reported_at = last_reported_at + INTERVAL 1 HOUR WHERE story_id = 's'",
    ),
    ("revisions-complete", "DELETE FROM raw.entry_revisions WHERE entry_id = 'e-one'"),
    ("revisions-complete", "UPDATE raw.entry_revisions SET revision_number = 2 WHERE entry_id = 'e-one'"),
    ("newest-wording-shown", "UPDATE core.articles SET summary_text = 'x' WHERE article_id = 'a-one'"),
    ("newest-wording-shown", "UPDATE core.articles SET full_text = 'x' WHERE article_id = 'a-one'"),
    ("best-entry-shown", "UPDATE core.articles SET shown_entry_id = 'e-none' WHERE article_id = 'a-one'"),
    ("page-text-has-page", "INSERT INTO raw.pages (article_id, outcome) VALUES ('a-one', 'text')"),
    ("actor-found", "UPDATE core.article_actors SET start_offset = -23"),
    ("actor-found", "UPDATE core.article_actors SET field = 'text'"),
    ("label-has-article", "UPDATE core.article_words SET article_id = 'a-none' WHERE article_id = 'a-one'"),
    ("relevant-has-topic", "INSERT INTO core.article_topics (article_id, topic) VALUES ('a-other', 'energy')"),
    ("relevance-levels", "UPDATE core.articles SET is_relevant = NOT is_relevant"),
    ("feed-state-behind-entries", "UPDATE raw.fetches SET outcome = 'failed'"),
]


def test_every_law_is_broken_here() -> None:
    assert set(BREAKS) == {law.name for law in LAWS}


@pytest.mark.parametrize("law", BREAKS)
def test_a_law_that_is_broken_is_found_with_the_row_that_breaks_it(loaded: Connection, law: str) -> None:
    statement, offender = BREAKS[law]
    loaded.execute(statement)
    finding = _broken(loaded)[law]
    assert finding.broken_count >= 1
    assert any(offender in row for row in finding.offenders)
    assert all(len(row) == len(finding.columns) for row in finding.offenders)


@pytest.mark.parametrize(("law", "statement"), MORE)
def test_a_law_is_found_broken_in_whatever_way(loaded: Connection, law: str, statement: str) -> None:
    loaded.execute(statement)
    assert law in _broken(loaded)


def test_a_full_text_from_the_page_is_not_what_the_feed_said(loaded: Connection) -> None:
    loaded.execute("UPDATE core.articles SET full_text = 'All of it', full_text_source = 'page'")
    loaded.execute("INSERT INTO raw.pages (article_id, outcome) SELECT article_id, 'text' FROM core.articles")
    assert _broken(loaded) == {}


def test_all_offenders_are_counted_and_the_first_ones_shown(db: Connection) -> None:
    db.execute("INSERT INTO core.stories (story_id) SELECT 's' || range FROM range(100, 150)")
    finding = _broken(db)["story-has-article"]
    assert finding.broken_count == 50
    assert [row[0] for row in finding.offenders] == [f"s{number}" for number in range(100, 120)]
