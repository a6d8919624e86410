"""When to ask a feed again, and what to remember of a poll: the only place that decides either.

Pure: the clock and the dice are handed in. It neither fetches nor stores.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from random import Random
from urllib.parse import urlsplit

from tasks.fetching.freshness import fresh_seconds
from warehouse.model import Answer, Failed, FeedState, Fetched, Grade, Harvest, NotModified, Outcome, Pace, Poll

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0

FIRST_INTERVAL = 15 * MINUTE
"""Before anything is known of a feed's habits: often enough for a news site, rare enough for a blog."""
SHORTEST_INTERVAL = 10 * MINUTE
"""The step of the monitor's schedule."""
LONGEST_INTERVAL = 6 * HOUR
"""So that a feed that wakes up is heard the same day."""
LONGEST_QUIET_INTERVAL = DAY
SHORTENED, STRETCHED = 0.5, 1.25
"""Factors after a poll with news and one without: they balance where a quarter of the polls bring something."""
EARLINESS = 0.1
"""Share of an interval by which polls are spread, so that feeds added together drift apart."""

LONGEST_HINT = LONGEST_INTERVAL
"""Caching headers and `ttl` count up to here: many say a day, or a year, by oversight."""
LONGEST_RETRY_AFTER = DAY
RETRY_SPREAD = 0.1
LEAST_RETRY_SPREAD = MINUTE
"""A wait that a server asks for is kept in full, then spread: it tells all its feeds the same moment."""
LONGEST_SKIP = timedelta(days=3)
"""Skipped hours and days that go on for longer are no schedule but a slip, and are ignored."""

BACKOFF: dict[Grade, tuple[float, float]] = {
    "temporary": (10 * MINUTE, 6 * HOUR),
    "soft": (30 * MINUTE, DAY),
    "hard": (6 * HOUR, DAY),
}
"""First wait and longest wait by grade; each failure doubles it. Even a dead feed is asked once a day, so that one
that was mended is back within a day."""
BACKOFF_SPREAD = 0.25
MOST_DOUBLINGS = 16

QUIET_AFTER_GAPS = 10
"""Silence of so many times the usual gap between news is out of habit …"""
QUIET_AFTER = timedelta(days=7)
"""… but never before a week: a newsroom has holidays."""
QUIET_UNKNOWN_AFTER = timedelta(days=30)
"""The same for a feed whose habit is not known."""
GAP_MEMORY = 0.2
"""Weight of the newest gap in the running mean."""

ADOPT_AFTER = 5
"""Same permanent redirects in a row before the address is changed: a mistaken one is often mended within hours."""
PERMANENT = frozenset({301, 308})
HTTP_GONE = "http_410"
LONGEST_VALIDATOR = 2_000
"""Characters; a longer one would be refused when it is sent back."""


def next_state(poll: Poll, outcome: Outcome, harvest: Harvest | None, *, now: datetime, random: Random) -> FeedState:
    """What to remember of a feed after a poll, its next time included.

    `harvest` is what the body brought once it was loaded; None for a 304, for a body already known, and for one that
    was not loaded, whose validators are then not kept. A body that is no feed is to be handed in as a `Failed`.
    """
    match outcome:
        case Failed():
            return _after_failure(poll.state, outcome, now, random)
        case Fetched() | NotModified():
            return _after_success(poll.state, outcome, harvest, now, random)


def adopts_redirect(poll: Poll, outcome: Outcome, harvest: Harvest | None) -> str | None:
    """The address to use from now on instead of the feed's own; None to leave it.

    Adopted is the target of permanent redirects alone, after `ADOPT_AFTER` polls in a row said the same, when the
    body it leads to is a feed with entries of ours. Never adopted: a step down from https, and the target of a feed
    with a login in its address, which would be lost.
    """
    if not isinstance(outcome, Fetched):
        return None
    url, count = _redirect(poll.state, outcome.answer)
    shares = outcome.body_sha256 == poll.state.last_body_sha256 or (harvest is not None and harvest.known_count > 0)
    own = urlsplit(poll.feed.url)
    is_safe = url is not None and "@" not in own.netloc and not (own.scheme == "https" and url.startswith("http:"))
    return url if shares and is_safe and count >= ADOPT_AFTER else None


def permanent_target(answer: Answer) -> str | None:
    """Where the redirects that were permanent, from the first on, have led."""
    hops = [*takewhile(lambda hop: hop.status in PERMANENT, answer.redirects)]
    return hops[-1].url if hops else None


# --- success -----------------------------------------------------------------------------------


def _after_success(
    state: FeedState, outcome: Fetched | NotModified, harvest: Harvest | None, now: datetime, random: Random
) -> FeedState:
    harvested = harvest or Harvest()
    url, count = _redirect(state, outcome.answer)
    state = _with_news(state, now) if harvested.new_count else state
    quiet = _silence(state, now)
    interval = _interval(state, harvested, is_quiet=bool(quiet))
    return replace(
        _with_validators(state, outcome, harvest, now),
        next_poll_at=_next_poll(interval, outcome.answer, harvested.pace or Pace(), now, random),
        poll_interval_seconds=interval,
        consecutive_failures=0,
        last_success_at=now,
        redirect_url=url,
        redirect_count=count,
        status="quiet" if quiet else "ok",
        status_reason=quiet,
    )


def _with_news(state: FeedState, now: datetime) -> FeedState:
    gap = state.news_gap_seconds
    if state.last_new_entry_at is not None:
        newest = max(0.0, (now - state.last_new_entry_at).total_seconds())
        gap = newest if gap is None else gap + GAP_MEMORY * (newest - gap)
    return replace(state, last_new_entry_at=now, news_gap_seconds=gap)


def _silence(state: FeedState, now: datetime) -> str:
    """Why a feed counts as quiet; "" when it does not."""
    if state.last_new_entry_at is None:
        return ""
    habit = state.news_gap_seconds
    patience = QUIET_UNKNOWN_AFTER if habit is None else max(QUIET_AFTER, timedelta(seconds=QUIET_AFTER_GAPS * habit))
    if now - state.last_new_entry_at <= patience:
        return ""
    used = f"; it used to bring something every {habit / HOUR:.1f} hours" if habit is not None else ""
    return f"Nothing new since {state.last_new_entry_at:%Y-%m-%d}{used}."


def _interval(state: FeedState, harvest: Harvest, *, is_quiet: bool) -> float:
    """The interval that the feed's habits lead to, not below what the document asks for.

    Kept with the document's wish in it: a 304 later brings no document, and only ever stretches.
    """
    known, factor = state.poll_interval_seconds, SHORTENED if harvest.new_count else STRETCHED
    interval = FIRST_INTERVAL if known is None else known * factor
    wish = min(harvest.pace.minimum_seconds or 0.0, LONGEST_HINT) if harvest.pace else 0.0
    longest = LONGEST_QUIET_INTERVAL if is_quiet else LONGEST_INTERVAL
    return min(max(interval, wish, SHORTEST_INTERVAL), longest)


def _next_poll(interval: float, answer: Answer, pace: Pace, now: datetime, random: Random) -> datetime:
    wish = min(max(fresh_seconds(answer), pace.minimum_seconds or 0.0), LONGEST_HINT)
    wait = max(interval * random.uniform(1 - EARLINESS, 1), wish)
    return _past_skips(now + timedelta(seconds=wait), pace)


def _past_skips(time: datetime, pace: Pace) -> datetime:
    """The first moment from `time` on that lies in no skipped hour or day (GMT, Monday is 0)."""
    # Feeds that skip the same hours must not come back at the same minute: the minute's tens are kept as minutes.
    spread, later = timedelta(minutes=time.minute // 6), time
    while later - time <= LONGEST_SKIP:
        if later.hour not in pace.skip_hours and later.weekday() not in pace.skip_days:
            return later
        later = later.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1) + spread
    return time


def _with_validators(
    state: FeedState, outcome: Fetched | NotModified, harvest: Harvest | None, now: datetime
) -> FeedState:
    """The validators of a body that is loaded, by this poll or before; otherwise those that there were."""
    if not isinstance(outcome, Fetched) or (harvest is None and outcome.body_sha256 != state.last_body_sha256):
        return state
    return replace(
        state,
        etag=_validator(outcome.answer, "etag"),
        last_modified=_validator(outcome.answer, "last-modified"),
        last_body_sha256=outcome.body_sha256,
        last_full_fetch_at=now,
    )


def _validator(answer: Answer, name: str) -> str | None:
    value = answer.header(name)
    return value if value and len(value) <= LONGEST_VALIDATOR else None


def _redirect(state: FeedState, answer: Answer) -> tuple[str | None, int]:
    url = permanent_target(answer)
    if url is None:
        return None, 0
    return url, state.redirect_count + 1 if url == state.redirect_url else 1


# --- failure -----------------------------------------------------------------------------------


def _after_failure(state: FeedState, failed: Failed, now: datetime, random: Random) -> FeedState:
    is_gone = failed.kind == HTTP_GONE and all(hop.status in PERMANENT for hop in failed.answer.redirects)
    count = state.consecutive_failures + 1
    return replace(
        state,
        next_poll_at=None if is_gone else now + timedelta(seconds=_backoff(failed, count, random)),
        consecutive_failures=count,
        status="gone" if is_gone else "failing",
        status_reason=failed.reason,
    )


def _backoff(failed: Failed, count: int, random: Random) -> float:
    """Seconds to wait after the count-th failure in a row."""
    first, longest = BACKOFF[failed.grade]
    wait = min(first * 2.0 ** min(count - 1, MOST_DOUBLINGS), longest)
    wait *= random.uniform(1 - BACKOFF_SPREAD, 1 + BACKOFF_SPREAD)
    if failed.retry_after_seconds is None:
        return wait
    asked = min(failed.retry_after_seconds, LONGEST_RETRY_AFTER)
    return max(wait, asked + random.uniform(0, max(LEAST_RETRY_SPREAD, RETRY_SPREAD * asked)))
