"""What a run's page is made of: the stories it brought, as mart.stories has them, and the tension of its day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse import made
from tests.warehouse.made import T0, Report, after
from warehouse import recent, status
from warehouse.database import Connection
from warehouse.rows import ArticleEvent, Fetch, Run
from warehouse.store import Store

RUN = Run("run", "monitor", T0)


def _stories(db: Connection) -> list[dict[str, Any]]:
    return status.run_details(db, RUN)["stories"]


_REPORTS = st.lists(
    st.builds(
        lambda name, story, hours, seen, topic, outlet: Report(
            f"{name}",
            f"Title {name}",
            at=after(hours=hours),
            seen_at=after(hours=max(hours, seen)),
            story_id=f"s-{story}",
            topic=topic,
            outlet_id=outlet,
        ),
        name=st.integers(0, 999),
        story=st.integers(0, 4),
        hours=st.integers(-60 * 24, 3),
        seen=st.integers(-40, 3),
        topic=st.sampled_from([None, "sanctions", "energy"]),
        outlet=st.sampled_from(["uno", "dos"]),
    ),
    max_size=12,
    unique_by=lambda report: report.name,
)


def _fetch(report: Report, run_id: str) -> Fetch:
    return Fetch(
        run_id=run_id, feed_id=report.feed_id, started_at=report.seen_at or report.at, seconds=0.1, outcome="fetched"
    )


@settings(deadline=None)
@given(reports=_REPORTS, others=st.sets(st.integers(-40, 3)))
def test_the_stories_of_a_run_are_those_of_the_mart_that_it_brought_an_article_of(
    memory: Connection, reports: list[Report], others: set[int]
) -> None:
    """At the hours `others` another machine's run saw what was seen."""
    made.empty(memory)
    elsewhere = {after(hours=hour) for hour in others}
    fetches = {r.seen_at: _fetch(r, "other" if r.seen_at in elsewhere else RUN.run_id) for r in reports}
    Store(memory).load(made.batch(*reports, fetches=tuple(fetches.values())))
    brought = {r.story_id for r in reports if r.topic and r.seen_at and r.seen_at >= T0 and r.seen_at not in elsewhere}
    found = memory.execute(
        "SELECT headline, last_reported_at, outlet_count, first_outlet, url, topics FROM mart.stories "
        "WHERE list_contains($ids, story_id) "
        "ORDER BY independent_count DESC, relevance_level DESC, last_reported_at DESC, story_id",
        {"ids": sorted(filter(None, brought))},
    )
    names = [column[0] for column in found.description]
    expected = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert _stories(memory) == expected


def test_stories_begin_with_their_first_article_however_old(db: Connection) -> None:
    made.load(
        db,
        Report("old", story_id="s", at=after(days=-400)),
        Report("new", story_id="s"),
        Report("other", at=after(days=-900)),
    )
    found = recent.stories_of(db, "first_seen_at >= $since", {"since": made.T0.replace(tzinfo=None)})
    assert found == recent.Stories(("s",), after(days=-400))


def test_where_nothing_came_no_story_was_brought(db: Connection) -> None:
    made.load(db, Report("old", at=after(hours=-1)))
    assert _stories(db) == []


def test_the_tension_of_a_run_is_that_of_its_day_beside_the_mean_of_the_week_before(db: Connection) -> None:
    days = {"today": 0, "yesterday": 1, "week": 7, "before": 8}
    reports = [Report(name, at=T0 - timedelta(days=days[name])) for name in days]
    events = tuple(
        ArticleEvent(
            article_id=f"a-{name}",
            event_date=(T0 - timedelta(days=ago)).date(),
            source_actor_id=None,
            source_side="US",
            event_type="SANCTION",
            event_mode=None,
            target_actor_id=None,
            target_side="VE",
            is_reciprocal=False,
            weight=-7.0,
            status="asserted",
            guard=None,
            is_counted=True,
            confidence=0.9,
            evidence=(),
            pattern_id="p",
            rules_version="1",
        )
        for name, ago in days.items()
    )
    Store(db).load(made.batch(*reports, events=events))
    assert status.run_details(db, RUN)["tension"] == [{"direction": "US → VE", "today": -7.0, "before": -2.0}]
