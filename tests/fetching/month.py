"""A month of polling replayed with a fake clock: the real plan, pacing and turns; servers and network made up.

Time passes only when everything waits: the event loop's clock jumps to the next moment at which something happens.
"""

from __future__ import annotations

import asyncio
import selectors
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from tasks.fetching import pacing
from tasks.fetching.plan import plan
from tasks.fetching.targets import host_of
from tasks.fetching.turns import Turns
from warehouse.model import Answer, Failed, Feed, FeedState, Fetched, Harvest, NotModified, Outcome, Pace, Poll

START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=30)
STEP = timedelta(minutes=10)
HOST_DELAY = 1.0
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Habit:
    """How a made-up feed behaves. `trouble` says how it fails at a time, if it does."""

    gap: timedelta | None
    pace: Pace | None = None
    max_age: int | None = None
    trouble: Callable[[datetime], tuple[str, str, float | None] | None] = lambda _: None


@dataclass(frozen=True)
class Visit:
    """A line of the servers' log."""

    feed_id: str
    at: datetime
    outcome: Outcome
    state_before: FeedState
    state_after: FeedState


@dataclass
class Month:
    """What a month left: the log by feed and by host, and for each item how long it waited to be seen."""

    visits: dict[str, list[Visit]] = field(default_factory=lambda: defaultdict(list))
    starts: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    delays: dict[str, list[timedelta]] = field(default_factory=lambda: defaultdict(list))

    def waits(self, feed_id: str) -> list[timedelta]:
        times = [visit.at for visit in self.visits[feed_id]]
        return [later - earlier for earlier, later in pairwise(times)]


class JumpingSelector(selectors.DefaultSelector):
    """Waits for nothing: what would be waited for is added to the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock is its selector's."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def replay(habits: dict[str, Habit], urls: dict[str, str], *, seed: int = 1) -> Month:
    """A month of these feeds, by id."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(_replayed(habits, urls, Random(seed)))


async def _replayed(habits: dict[str, Habit], urls: dict[str, str], random: Random) -> Month:
    month = Month()
    items = {name: _items(habit, random) for name, habit in habits.items()}
    polls = {name: Poll(Feed(name, url, "o", None), FeedState(name)) for name, url in urls.items()}
    last_starts: dict[str, datetime] = {}
    while (tick := _now()) < END:
        turns = Turns(concurrency=8, per_host=2, host_delay_seconds=HOST_DELAY, last_starts=last_starts, now=tick)

        async def visit(poll: Poll, turns: Turns = turns) -> None:
            name, host = poll.feed.feed_id, host_of(poll.feed.url)
            async with turns.turn(host):
                at = last_starts[host] = _now()
                await asyncio.sleep(random.uniform(0.05, 3))
            outcome, harvest = _answered(name, habits[name], items[name], poll.state, at)
            state = pacing.next_state(poll, outcome, harvest, now=_now(), random=random)
            if harvest and poll.state.last_success_at:
                month.delays[name] += _heard(items[name], poll.state.last_success_at, at)
            month.starts[host].append(at)
            month.visits[name].append(Visit(name, at, outcome, poll.state, state))
            polls[name] = replace(poll, state=state)

        await asyncio.gather(*map(visit, plan(polls.values(), tick)))
        await asyncio.sleep(max(0.0, (tick + STEP - _now()).total_seconds()))
    return month


def _heard(items: list[datetime], since: datetime, at: datetime) -> list[timedelta]:
    return [at - item for item in items[bisect_right(items, since) : bisect_right(items, at)]]


def _now() -> datetime:
    return START + timedelta(seconds=asyncio.get_running_loop().time())


def _items(habit: Habit, random: Random) -> list[datetime]:
    """The times at which a feed's items come out: at random, as often as its habit is."""
    times: list[datetime] = []
    while habit.gap and (not times or times[-1] < END):
        times.append((times[-1] if times else START) + habit.gap * random.expovariate(1))
    return times


def _answered(
    name: str, habit: Habit, items: list[datetime], state: FeedState, at: datetime
) -> tuple[Outcome, Harvest | None]:
    headers = (("cache-control", f"max-age={habit.max_age}"),) if habit.max_age else ()
    answer = Answer(name, at, 0.1, "", headers=headers)
    if trouble := habit.trouble(at):
        kind, grade, retry_after = trouble
        return Failed(answer, kind, grade, "Made up.", retry_after), None  # type: ignore[arg-type]
    count = bisect_right(items, at)
    known = int(state.last_body_sha256 or -1)
    if count == known:
        return NotModified(answer), None
    return Fetched(answer, str(count), 1_000), Harvest(count, max(known, 0), count - max(known, 0), pace=habit.pace)
