"""Sends a body to an address by the client that feeds are asked with: allowed addresses alone, and all bounded."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping

from tasks.fetching import connections, exchange, fetcher, network, targets
from tasks.fetching.addresses import Policy
from tasks.fetching.failures import Failure
from tasks.fetching.masking import mask
from tasks.fetching.network import Resolver
from warehouse.settings import Settings

SECONDS = 30.0


def post(url: str, headers: Mapping[str, str], body: bytes, *, settings: Settings) -> str | None:
    """Send a body once: None when the answer is a success, else what went wrong, secrets masked.

    Redirects are not followed: whoever gave the address meant that one.

    Raises:
        SettingsError: an entry of `allow_addresses` cannot be read.
    """
    return asyncio.run(_post(url, headers, body, settings))


async def _post(url: str, headers: Mapping[str, str], body: bytes, settings: Settings) -> str | None:
    resolver = Resolver(1)
    given = {"User-Agent": fetcher.user_agent(settings.contact), "Accept": "*/*", **headers}
    encoded = [(name.encode("ascii"), value.encode("ascii")) for name, value in given.items()]
    try:
        target = targets.parse(url)
        if target.credentials is not None:
            encoded.append((b"Authorization", b"Basic " + base64.b64encode(target.credentials)))
        async with connections.client(policy=Policy(settings.allow_addresses), resolve=resolver) as client:
            async with asyncio.timeout(SECONDS):
                async with exchange.answered(client, target.url, encoded, network.watch(), sent=body) as response:
                    return None if response.is_success else _refused(target.url, response.status_code)
    except TimeoutError:
        return f"{mask(url)} did not answer in {SECONDS:.0f} seconds."
    except Failure as failure:
        return failure.reason
    finally:
        resolver.close()


def _refused(url: str, status: int) -> str:
    if 300 <= status < 400:
        return f"{mask(url)} redirects ({status}); give the address that it leads to."
    return f"{mask(url)} answers {status}."
