"""The fetcher towards servers that behave: what it sends, what it keeps, and how it takes turns."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tasks.fetching import connections, fetcher
from tests.fetching.hostile import FEED, answers, hangs, redirects, sends
from tests.fetching.server import Behaviour, Peer, Server
from warehouse.archive import Archive
from warehouse.errors import SettingsError, WarehouseError
from warehouse.model import Failed, Fetched, NotModified, Poll
from warehouse.settings import Settings

Serve = Callable[..., Server]
Make = Callable[..., Poll]
NOT_MODIFIED = sends(b"HTTP/1.1 304 Not Modified\r\n\r\n")
ETAG = 'W/"caf\xe9 \\ ,"'


def _now() -> datetime:
    return datetime.now(UTC)


# --- validators --------------------------------------------------------------------------------


def test_an_etag_is_replayed_byte_for_byte(serve: Serve, poll: Make, settings: Settings, archive: Archive) -> None:
    server = serve({"/feed": NOT_MODIFIED})
    known = poll(server.url("/feed"), etag=ETAG, last_modified="yesterday, about noon", last_full_fetch_at=_now())
    (outcome,) = fetcher.fetch_all([known], settings=settings, archive=archive)
    assert isinstance(outcome, NotModified)
    assert server.requests[0].header("If-None-Match") == ETAG
    assert server.requests[0].header("If-Modified-Since") == "yesterday, about noon"


def test_an_etag_comes_back_as_the_bytes_that_were_sent(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    server = serve({"/feed": answers(FEED, f"ETag: {ETAG}")})
    (outcome,) = fetcher.fetch_all([poll(server.url("/feed"))], settings=settings, archive=archive)
    assert outcome.answer.header("etag") == ETAG


def test_once_a_week_a_feed_is_asked_without_validators(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    server = serve({"/feed": answers()})
    known = poll(server.url("/feed"), etag=ETAG, last_full_fetch_at=_now() - timedelta(days=7, seconds=1))
    fetcher.fetch_all([known], settings=settings, archive=archive)
    assert server.requests[0].header("If-None-Match") is None


@pytest.mark.parametrize("etag", ["a\r\nX-Evil: 1", "a\x00b", "a\x7f", "\u4e2d", " ", ""])
def test_a_stored_validator_that_no_header_can_hold_is_left_out(poll: Make, etag: str) -> None:
    state = poll("http://a.test/", etag=etag, last_full_fetch_at=_now()).state
    assert fetcher.conditions(state, _now()) == []


# --- what is sent ------------------------------------------------------------------------------


def test_the_user_agent_has_name_version_project_page_and_contact() -> None:
    assert re.fullmatch(r"usven/\S+ \(\+https://\S+; desk@example\.org\)", fetcher.user_agent("desk@example.org"))


def test_a_contact_cannot_break_the_header() -> None:
    assert fetcher.user_agent("José\r\nX: y").endswith("; Jos???X: y)")


def test_the_four_codings_are_accepted(serve: Serve, poll: Make, settings: Settings, archive: Archive) -> None:
    server = serve({"/feed": answers()})
    fetcher.fetch_all([poll(server.url("/feed"))], settings=settings, archive=archive)
    assert server.requests[0].header("Accept-Encoding") == "gzip, deflate, br, zstd"


def test_a_login_goes_to_its_own_host_alone(serve: Serve, poll: Make, settings: Settings, archive: Archive) -> None:
    other = serve({"/feed": answers()})
    server = serve({"/feed": redirects("/again"), "/again": redirects(f"http://127.0.0.1:{other.port}/feed")})
    url = server.url("/feed").replace("//", "//ann:se%20cret@")
    fetcher.fetch_all([poll(url)], settings=settings, archive=archive)
    assert [peer.header("Authorization") for peer in server.requests] == ["Basic YW5uOnNlIGNyZXQ="] * 2
    assert [peer.header("Authorization") for peer in other.requests] == [None]


def test_cookies_are_never_sent_back(serve: Serve, poll: Make, settings: Settings, archive: Archive) -> None:
    cookie = "Set-Cookie: id=1; Path=/"
    server = serve(
        {"/feed": redirects("/again", "302 Found", cookie), "/again": answers(FEED, cookie)}, keeps_alive=True
    )
    fetcher.fetch_all([poll(server.url("/feed"))] * 2, settings=settings, archive=archive)
    assert [peer.header("Cookie") for peer in server.requests] == [None] * 4


def test_a_feeds_secrets_are_not_logged(
    serve: Serve, poll: Make, settings: Settings, archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server = serve({"/feed": answers()})
    fetcher.fetch_all([poll(server.url("/feed?token=abc123"))], settings=settings, archive=archive)
    assert "abc123" not in caplog.text


def test_a_proxy_of_the_environment_is_not_used(
    serve: Serve, poll: Make, settings: Settings, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = serve({}), serve({"/feed": answers()})
    monkeypatch.setenv("http_proxy", proxy.url(""))
    (outcome,) = fetcher.fetch_all([poll(server.url("/feed"))], settings=settings, archive=archive)
    assert isinstance(outcome, Fetched)
    assert not proxy.requests


# --- what is kept ------------------------------------------------------------------------------


def test_a_body_lies_in_the_archive_under_its_hash(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    server = serve({"/feed": answers()})
    (outcome,) = fetcher.fetch_all([poll(server.url("/feed"))], settings=settings, archive=archive)
    assert isinstance(outcome, Fetched)
    assert archive.get(outcome.body_sha256) == FEED
    assert outcome.body_bytes == len(FEED)


def test_an_answer_tells_its_redirects_and_its_last_address(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    server = serve({"/feed": redirects("/a", "301 Moved"), "/a": redirects("b", "307 Later"), "/b": answers()})
    (outcome,) = fetcher.fetch_all([poll(server.url("/feed"))], settings=settings, archive=archive)
    assert [(hop.status, hop.url) for hop in outcome.answer.redirects] == [
        (301, server.url("/a")),
        (307, server.url("/b")),
    ]
    assert outcome.answer.url == server.url("/b")
    assert outcome.answer.http_status == 200


def test_outcomes_come_in_the_order_of_the_polls(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    server = serve({"/slow": _after(0.2), "/quick": answers()})
    polls = [poll(server.url("/slow")), poll(server.url("/quick")), poll("http://"), poll(server.url("/none"))]
    outcomes = fetcher.fetch_all(polls, settings=settings, archive=archive)
    assert [outcome.answer.feed_id for outcome in outcomes] == [each.feed.feed_id for each in polls]


def test_each_outcome_is_told_as_it_comes(serve: Serve, poll: Make, settings: Settings, archive: Archive) -> None:
    server = serve({"/slow": _after(0.2), "/quick": answers()})
    told: list[str] = []
    fetcher.fetch_all(
        [poll(server.url("/slow")), poll(server.url("/quick"))],
        settings=settings,
        archive=archive,
        on_outcome=lambda poll, _: told.append(poll.feed.url),
    )
    assert told == [server.url("/quick"), server.url("/slow")]


def test_reasons_mask_a_feeds_secrets(serve: Serve, poll: Make, settings: Settings, archive: Archive) -> None:
    server = serve({})
    url = server.url("/none?token=abc123").replace("//", "//ann:hunter2@")
    (outcome,) = fetcher.fetch_all([poll(url)], settings=settings, archive=archive)
    assert isinstance(outcome, Failed)
    assert "abc123" not in outcome.reason
    assert "hunter2" not in repr(replace(outcome, answer=replace(outcome.answer, feed_id="")))


# --- connections -------------------------------------------------------------------------------


def test_a_connection_serves_the_feeds_of_its_host_in_turn(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    server = serve({"/feed": answers(), "/same": NOT_MODIFIED}, keeps_alive=True)
    known = {"etag": ETAG, "last_full_fetch_at": _now()}
    polls = [poll(server.url("/feed")), poll(server.url("/same"), **known)] * 3
    fetcher.fetch_all(polls, settings=replace(settings, per_host=1), archive=archive)
    assert (len(server.requests), server.connection_count) == (6, 1)


def test_a_connection_that_was_closed_meanwhile_is_replaced(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    served: set[asyncio.StreamWriter] = set()

    async def answer_once_then_hang_up(peer: Peer) -> None:
        if peer.writer in served:
            peer.writer.close()
        else:
            served.add(peer.writer)
            await answers()(peer)

    server = serve({"/feed": answer_once_then_hang_up}, keeps_alive=True)
    polls = [poll(server.url("/feed"))] * 3
    outcomes = fetcher.fetch_all(polls, settings=replace(settings, per_host=1), archive=archive)
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)


def test_an_answer_nobody_asked_for_is_not_taken_for_the_next_feeds(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
    genuine = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(FEED) + FEED
    server = serve({"/two": sends(genuine + forged), "/feed": answers()}, keeps_alive=True)
    polls = [poll(server.url("/two")), poll(server.url("/feed"))]
    outcomes = fetcher.fetch_all(polls, settings=replace(settings, per_host=1), archive=archive)
    assert [outcome.body_bytes for outcome in outcomes if isinstance(outcome, Fetched)] == [len(FEED)] * 2


def test_junk_after_an_answer_does_not_spoil_the_next_feed(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    genuine = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(FEED) + FEED
    server = serve({"/long": sends(genuine + b"\r\n<!-- served in 3 ms -->"), "/feed": answers()}, keeps_alive=True)
    polls = [poll(server.url("/long")), poll(server.url("/feed"))]
    outcomes = fetcher.fetch_all(polls, settings=replace(settings, per_host=1), archive=archive)
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)


def test_connections_to_hosts_long_unused_are_closed(
    serve: Serve, poll: Make, settings: Settings, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_ORIGINS", 2)
    server = serve({"/feed": answers()}, keeps_alive=True)

    async def here(host: str) -> Sequence[str]:
        return ("127.0.0.1",)

    polls = [poll(f"http://{host}.test:{server.port}/feed") for host in ("a", "b", "c", "a", "a")]
    outcomes = asyncio.run(
        fetcher.fetch_all_async(polls, settings=replace(settings, concurrency=1), archive=archive, resolve=here)
    )
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    assert server.connection_count == 4


def test_an_address_that_was_checked_is_the_one_connected_to(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    server = serve({"/feed": answers()})
    looked_up: list[str] = []

    async def rebinding(host: str) -> Sequence[str]:
        looked_up.append(host)
        return ("127.0.0.1",) if len(looked_up) == 1 else ("169.254.169.254",)

    polls = [poll(f"http://rebinding.test:{server.port}/feed")] * 2
    outcomes = asyncio.run(
        fetcher.fetch_all_async(polls, settings=replace(settings, per_host=1), archive=archive, resolve=rebinding)
    )
    assert isinstance(outcomes[0], Fetched)
    assert isinstance(outcomes[1], Failed)
    assert outcomes[1].kind == "address"
    assert len(server.requests) == 1


def test_a_dead_address_gives_way_to_the_next(serve: Serve, poll: Make, settings: Settings, archive: Archive) -> None:
    server = serve({"/feed": answers()})

    async def two(host: str) -> Sequence[str]:
        return "127.0.0.2", "127.0.0.1"

    polls = [poll(f"http://two.test:{server.port}/feed")]
    (outcome,) = asyncio.run(fetcher.fetch_all_async(polls, settings=settings, archive=archive, resolve=two))
    assert isinstance(outcome, Fetched)


# --- turns -------------------------------------------------------------------------------------


def test_a_host_has_no_more_requests_at_once_than_it_may(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    server = serve({"/feed": _after(0.02)})
    fetcher.fetch_all([poll(server.url("/feed"))] * 12, settings=replace(settings, per_host=3), archive=archive)
    assert server.most_at_once == 3


def test_starts_at_one_host_are_spaced_its_redirects_included(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    server = serve({"/feed": redirects("/there"), "/there": answers()})
    polls = [poll(server.url("/feed"))] * 3
    fetcher.fetch_all(polls, settings=replace(settings, host_delay_seconds=0.1), archive=archive)
    gaps = [later - earlier for earlier, later in pairwise(server.arrivals)]
    assert len(gaps) == 5
    assert min(gaps) > 0.08


def test_spacing_holds_across_runs(serve: Serve, poll: Make, settings: Settings, archive: Archive) -> None:
    server = serve({"/feed": answers()})
    earlier = _now()
    (outcome,) = fetcher.fetch_all(
        [poll(server.url("/feed"))],
        settings=replace(settings, host_delay_seconds=0.3),
        archive=archive,
        last_starts={"127.0.0.1": earlier},
    )
    assert outcome.answer.started_at - earlier >= timedelta(seconds=0.29)


def test_feeds_that_wait_for_their_host_hold_up_no_other(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    server = serve({"/hang": hangs, "/feed": answers()})
    told: list[str] = []
    polls = [poll(server.url("/hang"))] * 6 + [poll(server.url("/feed").replace("127.0.0.1", "localhost"))]
    fetcher.fetch_all(
        polls,
        settings=replace(
            settings, allow_addresses=("127.0.0.1", "::1"), concurrency=2, per_host=1, feed_timeout_seconds=0.1
        ),
        archive=archive,
        on_outcome=lambda poll, _: told.append(poll.feed.url),
    )
    assert "localhost" in told[0]


def test_waiting_for_a_turn_does_not_use_up_a_feeds_time(
    serve: Serve, poll: Make, settings: Settings, archive: Archive
) -> None:
    server = serve({"/feed": _after(0.2)})
    polls = [poll(server.url("/feed"))] * 4
    outcomes = fetcher.fetch_all(
        polls, settings=replace(settings, per_host=1, feed_timeout_seconds=0.5), archive=archive
    )
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)


# --- ends --------------------------------------------------------------------------------------


def test_no_polls_have_no_outcomes(settings: Settings, archive: Archive) -> None:
    assert fetcher.fetch_all([], settings=settings, archive=archive) == ()


def test_a_setting_that_is_no_address_is_an_error(settings: Settings, archive: Archive) -> None:
    with pytest.raises(SettingsError, match="USVEN_ALLOW_ADDRESSES"):
        fetcher.fetch_all([], settings=replace(settings, allow_addresses=("nonsense!",)), archive=archive)


def test_an_archive_that_cannot_be_written_ends_the_run(
    serve: Serve, poll: Make, settings: Settings, archive: Archive, tmp_path: os.PathLike[str]
) -> None:
    server = serve({"/feed": answers(), "/hang": hangs})
    blocked = Archive(f"{__file__}/archive")
    with pytest.raises(WarehouseError, match="archive"):
        fetcher.fetch_all([poll(server.url("/hang")), poll(server.url("/feed"))], settings=settings, archive=blocked)


def test_who_stops_it_waits_for_no_answer(serve: Serve, poll: Make, settings: Settings, archive: Archive) -> None:
    server = serve({"/feed": answers(), "/hang": hangs})
    stop = threading.Event()
    with pytest.raises(asyncio.CancelledError):
        fetcher.fetch_all(
            [poll(server.url("/hang")), poll(server.url("/feed"))],
            settings=replace(settings, feed_timeout_seconds=60),
            archive=archive,
            on_outcome=lambda *_: stop.set(),
            stop=stop,
        )


def test_an_interrupt_ends_the_run_at_once(serve: Serve, poll: Make, settings: Settings, archive: Archive) -> None:
    async def interrupt(peer: Peer) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await hangs(peer)

    server = serve({"/feed": interrupt})
    before = set(threading.enumerate())
    # A shell that starts the tests in the background has the signal ignored.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            fetcher.fetch_all(
                [poll(server.url("/feed"))], settings=replace(settings, feed_timeout_seconds=30), archive=archive
            )
    finally:
        signal.signal(signal.SIGINT, handler)
    assert set(threading.enumerate()) == before


def _after(seconds: float) -> Behaviour:
    async def behave(peer: Peer) -> None:
        await asyncio.sleep(seconds)
        await answers()(peer)

    return behave
