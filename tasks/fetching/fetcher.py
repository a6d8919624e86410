"""Fetches planned polls: politely, concurrently, each within its bounds, and each with an outcome that is a value.

What no server can do: raise out of here, hold up another host, take more memory or time than the settings say,
or lead to an address that the operator has not allowed. Cookies do not exist here.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import re
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from threading import Event
from types import MappingProxyType
from typing import Any

import httpx

from tasks.fetching import connections, decoding, exchange, freshness, network, targets
from tasks.fetching.addresses import Policy
from tasks.fetching.exchange import Headers
from tasks.fetching.failures import Failure, grade_of
from tasks.fetching.masking import mask
from tasks.fetching.network import Resolve, Resolver, Traffic
from tasks.fetching.targets import Target
from tasks.fetching.turns import Turns
from warehouse.archive import Archive
from warehouse.model import Answer, Failed, FeedState, Fetched, NotModified, Outcome, Poll, Redirect
from warehouse.settings import Settings

OnOutcome = Callable[[Poll, Outcome], None]

PROJECT_PAGE = "https://github.com/usven/usven"
FULL_FETCH_EVERY = timedelta(days=7)
"""Once in so long a feed is asked without validators: some servers' ETags never change."""
KEPT_HEADERS = frozenset(
    {"age", "cache-control", "content-encoding", "content-language", "content-length", "content-type"}
    | {"date", "etag", "expires", "last-modified", "retry-after", "tdm-reservation", "x-robots-tag"}
)
"""The headers an answer keeps; the others would only fill the memory of a run."""
LONGEST_HEADER = 2_000
"""Characters; a longer value is left out: a validator of that size would be refused when it is sent back."""

_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BODIES = frozenset({200, 203})
_SENDABLE = re.compile(r"[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?")
_GLANCE_SECONDS = 0.1
_log = logging.getLogger("usven.fetching")


def fetch_all(
    polls: Sequence[Poll],
    *,
    settings: Settings,
    archive: Archive,
    last_starts: Mapping[str, datetime] = MappingProxyType({}),
    on_outcome: OnOutcome | None = None,
    stop: Event | None = None,
) -> tuple[Outcome, ...]:
    """Fetch the feeds of some polls; their outcomes, in the order of the polls.

    Bodies go to the archive as they come. `last_starts` has the start of the last request to a host in earlier runs
    (see `targets.host_of`), so that spacing holds across runs; `on_outcome` is called with each as it is known. Once
    `stop` is set, by another thread, the requests under way are cut off.

    Raises:
        SettingsError: an entry of `allow_addresses` cannot be read.
        OSError, WarehouseError: the archive cannot be written.
        asyncio.CancelledError: `stop` was set.
    """
    fetching = fetch_all_async(
        polls, settings=settings, archive=archive, last_starts=last_starts, on_outcome=on_outcome
    )
    return asyncio.run(_unless_stopped(fetching, stop) if stop else fetching)


async def fetch_all_async(
    polls: Sequence[Poll],
    *,
    settings: Settings,
    archive: Archive,
    last_starts: Mapping[str, datetime] = MappingProxyType({}),
    on_outcome: OnOutcome | None = None,
    resolve: Resolve | None = None,
) -> tuple[Outcome, ...]:
    """As `fetch_all`, in a running event loop, and with a resolver of one's own where the system's will not do."""
    resolver = Resolver(settings.concurrency)
    client = connections.client(policy=Policy(settings.allow_addresses), resolve=resolve or resolver)
    turns = Turns(
        concurrency=settings.concurrency,
        per_host=settings.per_host,
        host_delay_seconds=settings.host_delay_seconds,
        last_starts=last_starts,
        now=_now(),
    )
    fetcher = Fetcher(settings=settings, archive=archive, client=client, turns=turns)
    try:
        async with client:
            return await _all([fetcher.outcome(poll, on_outcome) for poll in polls])
    finally:
        resolver.close()


def user_agent(contact: str) -> str:
    """Name, version, project page, and the person to write to."""
    about = "; ".join(part for part in (f"+{PROJECT_PAGE}", contact.strip()) if part)
    return re.sub(r"[^ -~]", "?", f"usven/{_version()} ({about})")


@dataclass(slots=True)
class Attempt:
    """What is known of one feed's request so far; whenever it ends, this is what its answer records."""

    poll: Poll
    started_at: datetime
    url: str = ""
    conditions: Headers = field(default_factory=list)
    traffic: Traffic = field(default_factory=Traffic)
    began: float = 0.0
    seconds: float = 0.0
    http_status: int | None = None
    received_bytes: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    redirects: list[Redirect] = field(default_factory=list)

    def begin(self, target: Target) -> None:
        """A request starts; waiting for its turn has not counted."""
        if not self.redirects:
            self.started_at = _now()
            self.conditions = conditions(self.poll.state, self.started_at)
        self.url, self.http_status, self.headers = target.url, None, ()
        self.began = time.monotonic()

    def pause(self) -> None:
        """A request has ended, well or not."""
        self.seconds += time.monotonic() - self.began

    def answer(self) -> Answer:
        return Answer(
            feed_id=self.poll.feed.feed_id,
            started_at=self.started_at,
            seconds=self.seconds,
            url=self.url or mask(self.poll.feed.url),
            http_status=self.http_status,
            bytes_received=self.received_bytes,
            headers=self.headers,
            redirects=tuple(self.redirects),
        )


class Fetcher:
    """Fetches single feeds by way of shared connections and turns."""

    def __init__(self, *, settings: Settings, archive: Archive, client: httpx.AsyncClient, turns: Turns) -> None:
        self._settings = settings
        self._archive = archive
        self._client = client
        self._turns = turns
        self._headers = [
            (b"User-Agent", user_agent(settings.contact).encode("ascii")),
            (b"Accept", _ACCEPT.encode("ascii")),
            (b"Accept-Encoding", decoding.ACCEPTED.encode("ascii")),
        ]

    async def outcome(self, poll: Poll, on_outcome: OnOutcome | None) -> Outcome:
        """What becomes of one poll.

        Raises:
            OSError, WarehouseError: the archive cannot be written.
        """
        attempt = Attempt(poll, _now())
        outcome: Outcome
        try:
            outcome = await self._success(attempt)
        except Failure as failure:
            outcome = _failed(attempt, failure)
        if on_outcome is not None:
            on_outcome(poll, outcome)
        return outcome

    async def _success(self, attempt: Attempt) -> Fetched | NotModified:
        target = targets.parse(attempt.poll.feed.url)
        seen = {target.url}
        while isinstance(step := await self._step(target, attempt), httpx.Response):
            target = _followed(target, step, attempt)
            _check_progress(target, attempt, seen, self._settings.max_redirects)
        return step

    async def _step(self, target: Target, attempt: Attempt) -> Fetched | NotModified | httpx.Response:
        """One request in its turn: its end, or a redirect.

        A body is archived before the turn ends: what waits for slow storage is bounded by the turns there are.
        """
        async with self._turns.turn(target.host):
            response, body = await self._timely(target, attempt)
            if body is not None:
                sha256 = await asyncio.to_thread(self._archive.put, body)
                return Fetched(attempt.answer(), sha256, len(body))
        return response if response.status_code in _REDIRECTS else NotModified(attempt.answer())

    async def _timely(self, target: Target, attempt: Attempt) -> tuple[httpx.Response, bytes | None]:
        """One request's answer, in what is left of the feed's time."""
        attempt.begin(target)
        try:
            async with asyncio.timeout(self._settings.feed_timeout_seconds - attempt.seconds):
                return await self._asked(target, attempt)
        except TimeoutError as error:
            raise _too_slow(attempt, self._settings.feed_timeout_seconds) from error
        except Failure:
            raise
        except Exception as error:  # one server's surprise must not end the poll of all others
            _log.exception("%s: a fault of the program", mask(target.url))
            reason = f"{mask(target.url)} met a fault of this program ({type(error).__name__}). Please report it."
            raise Failure("fault", reason) from error
        finally:
            attempt.pause()

    async def _asked(self, target: Target, attempt: Attempt) -> tuple[httpx.Response, bytes | None]:
        while True:
            # Each connection that proves stale is closed, and a new one never does.
            with suppress(exchange.Stale):
                return await self._exchanged(target, attempt)

    async def _exchanged(self, target: Target, attempt: Attempt) -> tuple[httpx.Response, bytes | None]:
        """One request on one connection, which is kept for others if it ends well."""
        attempt.traffic = network.watch()
        headers = self._request_headers(target, attempt)
        try:
            async with exchange.answered(self._client, target.url, headers, attempt.traffic) as response:
                attempt.http_status, attempt.headers = response.status_code, _kept(response.headers)
                return response, await self._received(response, target.url, attempt)
        finally:
            attempt.received_bytes += attempt.traffic.received_bytes

    async def _received(self, response: httpx.Response, source: str, attempt: Attempt) -> bytes | None:
        """The decoded body of a success; None for a 304 or a redirect."""
        if response.status_code not in _BODIES:
            _check_status(response.status_code, source, attempt)
            await exchange.finish(response)
            return None
        limit = self._settings.max_body_bytes
        body = await exchange.body(response, limit, source=source)
        codings = response.headers.get("content-encoding", "")
        body = await asyncio.to_thread(decoding.decode, body, codings, limit, source=mask(source))
        if not body:
            raise Failure("empty", f"{mask(source)} sends success without a body. Does the feed still exist?")
        return body

    def _request_headers(self, target: Target, attempt: Attempt) -> Headers:
        headers = [*self._headers, *attempt.conditions]
        if target.credentials is not None:
            headers.append((b"Authorization", b"Basic " + base64.b64encode(target.credentials)))
        return headers


def conditions(state: FeedState, now: datetime) -> Headers:
    """The validators to send back, byte for byte; none when a full fetch is due."""
    if state.last_full_fetch_at is None or now - state.last_full_fetch_at >= FULL_FETCH_EVERY:
        return []
    stored = ((b"If-None-Match", state.etag), (b"If-Modified-Since", state.last_modified))
    return [(name, value.encode("latin-1")) for name, value in stored if value and _SENDABLE.fullmatch(value)]


def _followed(target: Target, response: httpx.Response, attempt: Attempt) -> Target:
    """The target of a redirect, recorded."""
    location = next(iter(response.headers.get_list("location")), "")
    if not location:
        status = response.status_code
        raise Failure("redirect_target", f"{mask(target.url)} redirects ({status}) without saying where to.")
    try:
        new = targets.follow(target, _as_text(location))
    except Failure as failure:
        kind = "scheme" if failure.kind == "scheme" else "redirect_target"
        reason = f"{mask(target.url)} redirects to {mask(_as_text(location))}: {failure.reason}"
        raise Failure(kind, reason) from failure
    attempt.redirects.append(Redirect(response.status_code, new.url))
    return new


def _check_progress(target: Target, attempt: Attempt, seen: set[str], most: int) -> None:
    if target.url in seen:
        raise Failure(
            "redirect_loop", f"{mask(target.url)} redirects in a circle; it may want cookies, which are not kept."
        )
    if len(attempt.redirects) > most:
        raise Failure("redirect_limit", f"{mask(attempt.url)} is the end of {most} redirects and redirects again.")
    seen.add(target.url)


def _check_status(status: int, source: str, attempt: Attempt) -> None:
    """Pass over redirects and an expected 304; every other status is a failure."""
    if status in _REDIRECTS or (status == 304 and attempt.conditions):
        return
    if status in (204, 205):
        raise Failure("empty", f"{mask(source)} answers {status}, success without a body. Does the feed still exist?")
    if status == 206:
        raise Failure("partial", f"{mask(source)} sends a part (206) where the whole was asked for.")
    raise Failure(f"http_{status}", f"{mask(source)} answers {status}{_remark(status)}")


def _remark(status: int) -> str:
    remark = _REMARKS.get(status) or (" (an error of the server)" if status >= 500 else "")
    return f"{remark}."


_REMARKS = MappingProxyType(
    {
        304: " (not modified) though it was asked for the whole",
        401: " (it wants a login): put user and password into the feed's address, or remove the feed",
        403: " (forbidden): the publisher refuses this client; write to them, or remove the feed",
        404: " (not found): the feed may have moved; look for it on the publisher's page with `usven feeds check`",
        410: " (gone): the publisher says the feed has ended; remove it",
        429: " (too many requests): it is asked again later",
        503: " (unavailable): it is asked again later",
    }
)


def _too_slow(attempt: Attempt, seconds: float) -> Failure:
    did = {
        "connect": "was not connected to",
        "answer": "did not answer",
        "body": f"had sent {attempt.received_bytes:,} bytes but not the whole body",
    }[attempt.traffic.stage]
    return Failure(
        f"timeout_{attempt.traffic.stage}",
        f"{mask(attempt.url)} {did} within {seconds:g} s. If it is slow and honest, raise USVEN_FEED_TIMEOUT_SECONDS.",
    )


def _failed(attempt: Attempt, failure: Failure) -> Failed:
    now = attempt.started_at + timedelta(seconds=attempt.seconds)
    answer = attempt.answer()
    reason = failure.reason
    if attempt.redirects and failure.kind != "redirect_loop":
        reason = f"{mask(attempt.poll.feed.url)} redirects to {mask(attempt.redirects[-1].url)}. {reason}"
    return Failed(
        answer=answer,
        kind=failure.kind,
        grade=grade_of(failure.kind),
        reason=reason,
        retry_after_seconds=freshness.retry_after_seconds(answer.header("retry-after"), now),
    )


def _kept(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in headers.multi_items() if pair[0] in KEPT_HEADERS and len(pair[1]) <= LONGEST_HEADER)


def _as_text(header: str) -> str:
    """A header's value as its sender wrote it: UTF-8 where it is that, else latin-1."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return header


async def _all(coroutines: Sequence[Coroutine[Any, Any, Outcome]]) -> tuple[Outcome, ...]:
    """The results in order; when one raises, or all are cancelled, nothing is left running."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        return tuple(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _unless_stopped(fetching: Coroutine[Any, Any, tuple[Outcome, ...]], stop: Event) -> tuple[Outcome, ...]:
    task = asyncio.create_task(fetching)
    while not task.done():
        await asyncio.wait({task}, timeout=_GLANCE_SECONDS)
        if stop.is_set():
            task.cancel()
    return await task


@cache
def _version() -> str:
    try:
        return version("usven")
    except PackageNotFoundError:
        return "0"


def _now() -> datetime:
    return datetime.now(UTC)
