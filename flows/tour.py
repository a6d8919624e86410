"""The tour of pages: addresses asked in rounds, each host once a round, as its robots.txt allows.

Redirects are followed here, a step a round: before an address is asked, the rules of its host are known, and an
address that is another article's is not asked at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest

from flows.way import Context
from tasks.dedup import urls
from tasks.fetching import robots, targets
from tasks.fetching.robots import Robots
from tasks.loading import pages as loading
from tasks.parsing import walls
from warehouse import rows
from warehouse.model import Failed, Feed, FeedState, Fetched, NoText, Outcome, Poll
from warehouse.pages import Candidate, Known
from warehouse.settings import Settings

PER_HOST = 5
"""Pages asked of one host in a run."""
LARGEST_PAGE = 5_000_000
"""Bytes of a page, as received and as decompressed."""
LONGEST_WAIT = 20.0
"""Seconds that a run waits for a host's crawl-delay; for more, the host's turn is in a later run."""
NO_RULES = NoText("failed", "robots_unreachable", "The host's robots.txt cannot be had now, so nothing is asked.")


@dataclass(frozen=True, slots=True)
class Visit:
    """An address to ask for an article's page, after so many redirects."""

    candidate: Candidate
    url: str
    redirect_count: int = 0

    @property
    def host(self) -> str:
        return targets.host_of(self.url)


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a visit ended: with an answer, or with a finding before anything was asked."""

    visit: Visit
    ended_at: datetime
    outcome: Outcome | None = None
    finding: NoText | None = None


def plan(candidates: Iterable[Candidate], *, resting: Iterable[str], limit: int) -> tuple[Visit, ...]:
    """The articles to ask for, newest first but spread over hosts; hosts of resting addresses are left out."""
    tired = {targets.host_of(url) for url in resting} | {""}
    by_host: dict[str, list[Visit]] = {}
    for visit in (Visit(candidate, candidate.url) for candidate in candidates):
        waiting = by_host.setdefault(visit.host, [])
        if visit.host not in tired and len(waiting) < PER_HOST:
            waiting.append(visit)
    in_turn = (visit for turn in zip_longest(*by_host.values()) for visit in turn if visit)
    return tuple(in_turn)[:limit]


class Tour:
    """One run's visits, and what it learns of hosts on the way. It asks; it neither reads pages nor stores anything."""

    def __init__(
        self, visits: Sequence[Visit], known: Known, *, last_starts: Mapping[str, datetime], context: Context
    ) -> None:
        self._waiting = list(visits)
        self._known = known
        self._context = context
        self._last_starts = dict(last_starts)
        self._rules: dict[str, Robots | None] = {}
        self._slow_hosts_asked: set[str] = set()
        self._learnt: list[rows.Robots] = []

    def rounds(self) -> Iterator[tuple[Attempt, ...]]:
        """What came of the visits that ended in each round, until none is left."""
        while self._waiting:
            yield tuple(self._round())

    def rest(self, host: str) -> None:
        """Ask a host for nothing more in this run."""
        self._waiting = [visit for visit in self._waiting if visit.host != host]

    def take_learnt(self) -> tuple[rows.Robots, ...]:
        """The requests for robots.txt since this was last asked."""
        learnt, self._learnt = tuple(self._learnt), []
        return learnt

    def _round(self) -> Iterator[Attempt]:
        visits = self._first_of_each_host()
        self._learn_rules(visits)
        ready: list[Visit] = []
        for visit in visits:
            rules = self._rules.get(robots.address(visit.url))
            if rules is None and visit.redirect_count:
                yield Attempt(visit, self._context.clock(), finding=NO_RULES)
            elif rules is None or not self._has_turn(visit, rules.crawl_delay_seconds):
                self.rest(visit.host)
            elif not rules.allows(visit.url):
                reason = f"{robots.address(visit.url)} disallows it."
                yield Attempt(visit, self._context.clock(), finding=NoText("disallowed", "robots_txt", reason))
            else:
                ready.append(visit)
        yield from self._ended(self._asked(ready))

    def _first_of_each_host(self) -> tuple[Visit, ...]:
        first: dict[str, Visit] = {}
        for visit in self._waiting:
            first.setdefault(visit.host, visit)
        self._waiting = [visit for visit in self._waiting if first[visit.host] is not visit]
        return tuple(first.values())

    # --- rules -------------------------------------------------------------------------------

    def _learn_rules(self, visits: Iterable[Visit]) -> None:
        """Ask for each robots.txt that is neither known from this run nor believed from an earlier one."""
        wanted = dict.fromkeys(address for visit in visits if (address := robots.address(visit.url)))
        for address in [address for address in wanted if address in self._known.robots]:
            self._rules.setdefault(address, self._read_rules(self._known.robots[address]))
        unknown = [address for address in wanted if address not in self._rules]
        for address, outcome in zip(
            unknown, self._fetch(unknown, self._context.settings, self._last_starts), strict=True
        ):
            self._learn(address, outcome)

    def _learn(self, address: str, outcome: Outcome) -> None:
        standing = robots.standing(outcome)
        body_sha256 = outcome.body_sha256 if isinstance(outcome, Fetched) else None
        self._rules[address] = None if standing == "closed" else self._read_rules(body_sha256)
        row = rows.Robots(
            robots_url=address,
            fetched_at=outcome.answer.started_at,
            run_id=self._context.run_id,
            standing=standing,
            http_status=outcome.answer.http_status,
            body_sha256=body_sha256,
            reason=outcome.reason if isinstance(outcome, Failed) else "",
        )
        self._learnt.append(row)

    def _read_rules(self, body_sha256: str | None) -> Robots:
        return robots.read(self._context.archive.get(body_sha256)) if body_sha256 else robots.OPEN

    def _has_turn(self, visit: Visit, delay: float) -> bool:
        """Whether a host with a crawl-delay may be asked now: for one article a run, after no long wait."""
        if not delay or visit.redirect_count:
            return True
        if visit.host in self._slow_hosts_asked or self._wait(visit) > LONGEST_WAIT:
            return False
        self._slow_hosts_asked.add(visit.host)
        return True

    def _wait(self, visit: Visit) -> float:
        """Seconds until a host's crawl-delay has passed."""
        rules = self._rules.get(robots.address(visit.url))
        delay = rules.crawl_delay_seconds if rules else 0.0
        last = self._last_starts.get(visit.host)
        return max(0.0, delay - (self._context.clock() - last).total_seconds()) if last else 0.0

    # --- pages -------------------------------------------------------------------------------

    def _asked(self, ready: Sequence[Visit]) -> Iterator[tuple[Visit, Outcome]]:
        """The answers, those of hosts whose crawl-delay has not passed yet after those of the others.

        A redirect within such a host is part of one article's request, and waits no longer than `LONGEST_WAIT`.
        """
        settings = self._context.settings
        one_step = replace(settings, max_redirects=0, max_body_bytes=min(LARGEST_PAGE, settings.max_body_bytes))
        waits = {visit.host: min(wait, LONGEST_WAIT) for visit in ready if (wait := self._wait(visit))}
        at_once = [visit for visit in ready if visit.host not in waits]
        yield from zip(at_once, self._fetch([v.url for v in at_once], one_step, self._last_starts), strict=True)
        late = [visit for visit in ready if visit.host in waits]
        # As if each had last been asked so long before its turn: the fetcher knows one delay for all hosts.
        delay = max(LONGEST_WAIT, settings.host_delay_seconds)
        now = self._context.clock()
        turns = {host: now + timedelta(seconds=wait - delay) for host, wait in waits.items()}
        spaced = replace(one_step, host_delay_seconds=delay)
        yield from zip(late, self._fetch([v.url for v in late], spaced, self._last_starts | turns), strict=True)

    def _fetch(
        self, addresses: Sequence[str], settings: Settings, last_starts: Mapping[str, datetime]
    ) -> tuple[Outcome, ...]:
        if not addresses:
            return ()
        polls = [Poll(Feed(address, address, "", None), FeedState(address)) for address in addresses]
        outcomes = self._context.steps.fetch(
            polls, settings=settings, archive=self._context.archive, last_starts=dict(last_starts)
        )
        for address, outcome in zip(addresses, outcomes, strict=True):
            self._last_starts[targets.host_of(address)] = outcome.answer.started_at
        return outcomes

    def _ended(self, asked: Iterable[tuple[Visit, Outcome]]) -> Iterator[Attempt]:
        """The visits that are over; those that were sent on wait for the next round."""
        sent_on: list[tuple[Attempt, Visit]] = []
        for visit, outcome in asked:
            attempt = Attempt(visit, outcome.answer.started_at, outcome)
            target = _target(outcome)
            if target is None or visit.redirect_count >= self._context.settings.max_redirects:
                if isinstance(outcome, Failed) and outcome.grade == "temporary":
                    self.rest(visit.host)
                yield attempt
            else:
                sent_on.append((attempt, Visit(visit.candidate, target, visit.redirect_count + 1)))
        yield from self._sent_on(sent_on)

    def _sent_on(self, sent_on: Sequence[tuple[Attempt, Visit]]) -> Iterator[Attempt]:
        pages = {visit: urls.canonical(visit.url) for _, visit in sent_on}
        others = loading.articles_at(self._context.settings, {page for page in pages.values() if page})
        for attempt, visit in sent_on:
            other = others.get(pages[visit])
            if visit.host != attempt.visit.host and (wall := walls.wall_at(visit.url)):
                yield replace(attempt, finding=wall)
            elif other and other != visit.candidate.article_id:
                reason = f"Its address leads to the article {other}."
                yield Attempt(visit, attempt.ended_at, finding=NoText("merged", "known_article", reason))
            else:
                self._waiting.insert(0, visit)


def _target(outcome: Outcome) -> str | None:
    """Where a request that may follow no redirect was sent on to."""
    if isinstance(outcome, Failed) and outcome.kind == "redirect_limit" and outcome.answer.redirects:
        return outcome.answer.redirects[-1].url
    return None
