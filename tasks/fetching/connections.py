"""The client that feeds are asked with: connections kept open for the next request, and nothing done unasked.

No proxy is ever used, whatever the environment says: it would connect in our place, past the check of addresses.
HTTP/2 is left out on purpose: with a request or two per host it saves nothing, and its framing gives a hostile
server more to play with.
"""

from __future__ import annotations

import logging
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator
from functools import cached_property
from http.cookiejar import CookieJar

import httpcore
import httpx

from tasks.fetching.addresses import Policy
from tasks.fetching.network import Backend, Resolve

Origin = tuple[bytes, bytes, int | None]

MOST_ORIGINS = 256
"""Origins whose connections are kept: with two each, the open files stay below the usual limit of 1,024."""
KEPT_SECONDS = 15.0
"""How long an unused connection is kept; many routers forget one without a word soon after."""

# httpx tells at this level every address it asks, in full: with the secrets that some feeds' addresses hold.
logging.getLogger("httpx").setLevel(logging.WARNING)


def client(*, policy: Policy, resolve: Resolve) -> httpx.AsyncClient:
    """A client that reaches allowed addresses alone, and has no proxy, no cookies and no redirects of its own.

    It sets no times: the whole of a feed's fetch has one, which its caller keeps.
    """
    transport = Transport(Backend(policy, resolve))
    return httpx.AsyncClient(transport=transport, cookies=NoCookies(), timeout=None, trust_env=False)  # noqa: S113


class NoCookies(CookieJar):
    """Keeps nothing, and does not so much as read what a server would have kept."""

    def extract_cookies(self, response: object, request: object) -> None:  # noqa: ARG002
        return


class Transport(httpx.AsyncBaseTransport):
    """A pool of connections an origin, those longest unused closed first.

    httpx has no way to give its own transport a network backend. And one pool for all origins looks through every
    connection for each request, which doubled the time of a pass over 250 hosts.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._pools: OrderedDict[Origin, httpcore.AsyncConnectionPool] = OrderedDict()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The head of the answer; exceptions are httpcore's.

        Raises:
            Failure: the host cannot be reached.
            HeadTooLarge: it sends too much before its answer.
        """
        scheme, host, port = origin = request.url.raw_scheme, request.url.raw_host, request.url.port
        if origin not in self._pools:
            await self._make_room()
        url = httpcore.URL(scheme=scheme, host=host, port=port, target=request.url.raw_path)
        answer = await self._pool(origin).handle_async_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    async def aclose(self) -> None:
        while self._pools:
            await self._pools.popitem()[1].aclose()

    def _pool(self, origin: Origin) -> httpcore.AsyncConnectionPool:
        if origin not in self._pools:
            # The turns bound how many connections there are at once.
            self._pools[origin] = httpcore.AsyncConnectionPool(
                ssl_context=self._context if origin[0] == b"https" else None,
                max_connections=None,
                keepalive_expiry=KEPT_SECONDS,
                network_backend=self._backend,
            )
        self._pools.move_to_end(origin)
        return self._pools[origin]

    async def _make_room(self) -> None:
        surplus = len(self._pools) + 1 - MOST_ORIGINS
        if surplus > 0:
            unused = [origin for origin, pool in self._pools.items() if _is_unused(pool)]
            for pool in [self._pools.pop(origin) for origin in unused[:surplus]]:
                await pool.aclose()

    @cached_property
    def _context(self) -> ssl.SSLContext:
        # Made for the first https feed only: reading the certificates takes 50 ms. The machine's own store comes on
        # top of certifi's, for the sake of those behind a company's authority (SSL_CERT_FILE is heeded).
        context = httpx.create_ssl_context()
        context.load_default_certs()
        return context


def _is_unused(pool: httpcore.AsyncConnectionPool) -> bool:
    return all(connection.is_idle() or connection.is_closed() for connection in pool.connections)


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._answer.aiter_stream()

    async def aclose(self) -> None:
        await self._answer.aclose()
