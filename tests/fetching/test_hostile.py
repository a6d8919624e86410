"""All hostile cases and ten healthy feeds in one poll: it ends by itself, and each has the outcome it should have."""

from __future__ import annotations

import asyncio
import resource
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tasks.fetching import fetcher
from tasks.fetching.network import Resolver
from tests.fetching.hostile import CASES, FEED, HEALTHY, HOSTILE, Case
from tests.fetching.server import Authority, Server, running
from warehouse.archive import Archive
from warehouse.model import Failed, Feed, FeedState, Fetched, Outcome, Poll
from warehouse.settings import Settings

NAMES = {
    "inward.test": ("10.1.2.3",),
    "inward6.test": ("fd12::1",),
    "both.test": ("10.1.2.3", "127.0.0.1"),
    "void.test": (),
}
MOST_MEMORY = 150_000_000
"""Bytes by which the whole run may grow the process, the server's own buffers included."""


@dataclass
class Run:
    outcomes: dict[str, Outcome]
    archive: Archive
    grown_bytes: int


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch, _ports(folder) as ports:
        patch.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))
        archive = Archive(str(folder / "archive"))
        polls = [_poll(name, case, ports) for name, case in CASES.items()]
        before = _peak_bytes()
        outcomes = asyncio.run(_fetched(polls, _settings(ports), archive))
        yield Run(dict(zip(CASES, outcomes, strict=True)), archive, _peak_bytes() - before)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case in HOSTILE])
def test_a_hostile_server_gets_its_own_outcome(run: Run, name: str) -> None:
    outcome = run.outcomes[name]
    kind = outcome.kind if isinstance(outcome, Failed) else type(outcome).__name__.lower()
    assert kind == CASES[name].expected, outcome


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.expected != "fetched"])
def test_a_reason_is_a_sentence_that_names_what_happened(run: Run, name: str) -> None:
    outcome = run.outcomes[name]
    assert isinstance(outcome, Failed)
    assert CASES[name].says in outcome.reason
    assert outcome.reason[-1] in ".?"
    assert len(outcome.reason) < 1_000


@pytest.mark.parametrize("case", HEALTHY, ids=lambda case: case.name)
def test_a_healthy_feed_among_hostile_ones_is_complete(run: Run, case: Case) -> None:
    outcome = run.outcomes[case.name.replace(" ", "-")]
    assert isinstance(outcome, Fetched), outcome
    assert run.archive.get(outcome.body_sha256) == FEED


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.retry_after])
def test_a_wait_that_is_asked_for_is_recorded(run: Run, name: str) -> None:
    outcome, expected = run.outcomes[name], CASES[name].retry_after
    assert isinstance(outcome, Failed)
    assert expected is not None
    assert outcome.retry_after_seconds is not None
    assert expected[0] <= outcome.retry_after_seconds <= expected[1]


def test_memory_stays_bounded_whatever_servers_send(run: Run) -> None:
    assert run.grown_bytes < MOST_MEMORY


def test_an_enormous_header_is_not_kept(run: Run) -> None:
    assert run.outcomes["enormous-ETag"].answer.header("etag") is None


def test_no_reason_and_no_recorded_address_holds_a_login(run: Run) -> None:
    assert not [name for name, outcome in run.outcomes.items() if "secret" in repr(outcome)]


def test_there_are_enough_cases() -> None:
    assert len(HOSTILE) >= 45


async def _fetched(polls: Sequence[Poll], settings: Settings, archive: Archive) -> tuple[Outcome, ...]:
    system = Resolver(settings.concurrency)

    async def resolve(host: str) -> Sequence[str]:
        match host:
            case "unknown.test":
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            case "flaky.test":
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
            case "hanging.test":
                await asyncio.sleep(3_600)
        return NAMES[host] if host in NAMES else await system(host)

    try:
        return await fetcher.fetch_all_async(polls, settings=settings, archive=archive, resolve=resolve)
    finally:
        system.close()


def _settings(ports: dict[str, int]) -> Settings:
    return Settings(
        allow_addresses=tuple(f"{host}:{port}" for port in ports.values() for host in ("127.0.0.1", "localhost")),
        max_body_bytes=200_000,
        feed_timeout_seconds=4.0,
        host_delay_seconds=0.0,
        per_host=len(CASES),
        concurrency=64,
    )


def _poll(name: str, case: Case, ports: dict[str, int]) -> Poll:
    url = f"http://127.0.0.1:{ports['port']}/{name}" if case.url is None else case.url.format(**ports)
    return Poll(Feed(name, url, "outlet", "en"), FeedState(name))


@contextmanager
def _ports(folder: Path) -> Iterator[dict[str, int]]:
    """Everything that listens, and what pretends to, by the names that the cases use."""
    authority = Authority(folder)
    behaviours = {f"/{name}": case.does for name, case in CASES.items() if case.does}
    contexts = {
        "port": None,
        "trusted": authority.context("localhost"),
        "self_signed": authority.context("localhost", is_self_signed=True),
        "expired": authority.context("localhost", days=-1),
        "misnamed": authority.context("other.test"),
    }
    servers = {name: (Server(behaviours), context) for name, context in contexts.items()}
    servers |= {"shut": (Server(opening=b""), None), "plaintext": (Server(opening=b"HTTP/1.1 400 No\r\n\r\n"), None)}
    with running(*servers.values()), ExitStack() as stack:
        ports = {name: server.port for name, (server, _) in servers.items()}
        for name, backlog in (("closed", None), ("full", 0), ("mute", 100)):
            ports[name] = _listening(stack, backlog)
        yield ports


def _listening(stack: ExitStack, backlog: int | None) -> int:
    """A port nobody answers on: nothing listens (None), the queue is full (0), or connections are never taken."""
    listener = stack.enter_context(socket.socket())
    listener.bind(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]
    if backlog is None:
        listener.close()
    else:
        listener.listen(backlog)
    for _ in range(3 if backlog == 0 else 0):
        client = stack.enter_context(socket.socket())
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port))
    return port


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
