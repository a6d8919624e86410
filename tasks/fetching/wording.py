"""Says in words how a feed is and what a poll of it met: what `usven feeds check` prints."""

from __future__ import annotations

from datetime import datetime, timedelta

from tasks.fetching.masking import mask
from tasks.fetching.pacing import permanent_target
from warehouse.model import Answer, Failed, FeedState, Fetched, Grade, Harvest, NotModified, Outcome, Poll

_OUTLOOK: dict[Grade, str] = {
    "temporary": "Such things mostly pass by themselves.",
    "soft": "It may pass; if it lasts, look into it.",
    "hard": "This will not pass by itself.",
}


def describe_state(poll: Poll, *, now: datetime) -> str:
    """How a feed is, from what earlier polls left behind, in a sentence or three."""
    state = poll.state
    if not poll.feed.is_enabled or state.status == "disabled":
        return _sentences("Disabled: it is not polled.", poll.feed.status_reason)
    match state.status:
        case "gone":
            return _sentences("Gone: it is not polled any more.", state.status_reason)
        case "failing":
            count = state.consecutive_failures
            times = "once" if count == 1 else f"{count} times in a row"
            return _sentences(f"Failing, {times}.", state.status_reason, _last_success(state, now), _next(state, now))
        case "quiet":
            return _sentences("Quiet: it answers, but out of its habit.", state.status_reason, _next(state, now))
        case _:
            return _sentences(_last_success(state, now) or "Never polled.", _rhythm(state), _next(state, now))


def describe_outcome(outcome: Outcome, harvest: Harvest | None = None, *, now: datetime) -> str:
    """What a poll met, with advice where something could be better. `harvest` tells what was in the body."""
    match outcome:
        case Failed():
            return _sentences(outcome.reason, _OUTLOOK[outcome.grade], _wait(outcome))
        case NotModified():
            return _sentences("Unchanged since it was last fetched (304).", *_advice(outcome.answer))
        case Fetched():
            size = f"Fetched {outcome.body_bytes:,} bytes in {outcome.answer.seconds:.1f} s{_content(harvest, now)}."
            return _sentences(size, _cost(outcome.answer), *_advice(outcome.answer))


def span(seconds: float) -> str:
    """A length of time in one unit a person would choose: `40 s`, `12 min`, `5 h`, `3 days`."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _last_success(state: FeedState, now: datetime) -> str:
    if state.last_success_at is None:
        return "It has never answered." if state.consecutive_failures else ""
    return f"Last answered {span((now - state.last_success_at).total_seconds())} ago."


def _rhythm(state: FeedState) -> str:
    return f"Asked about every {span(state.poll_interval_seconds)}." if state.poll_interval_seconds else ""


def _next(state: FeedState, now: datetime) -> str:
    if state.next_poll_at is None or state.next_poll_at <= now:
        return "Due now."
    return f"Next poll in {span((state.next_poll_at - now) / timedelta(seconds=1))}."


def _wait(failed: Failed) -> str:
    seconds = failed.retry_after_seconds
    return f"The server asks to be left alone for {span(seconds)}." if seconds else ""


def _content(harvest: Harvest | None, now: datetime) -> str:
    if harvest is None:
        return ""
    newest = harvest.newest_published_at
    age = f", the newest {span((now - newest).total_seconds())} old" if newest else ""
    # A look at a feed that stores nothing compares nothing either: it cannot tell what is new.
    new = f", {harvest.new_count} of them new" if harvest.new_count or harvest.known_count else ""
    return f": {harvest.entry_count} entries{new}{age}"


def _cost(answer: Answer) -> str:
    if answer.header("etag") or answer.header("last-modified"):
        return ""
    return "It sends neither ETag nor Last-Modified, so that every poll costs the whole body."


def _advice(answer: Answer) -> tuple[str, ...]:
    moved = permanent_target(answer)
    if moved:
        return (f"It has moved for good to {mask(moved)}: change its address.",)
    if answer.redirects:
        return (f"For the time being it is redirected to {mask(answer.url)}.",)
    return ()
