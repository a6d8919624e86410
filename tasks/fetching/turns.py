"""Whose turn it is: few requests at once to a host, their starts spaced, and no host waiting for another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime


class Turns:
    """Hands out turns to make a request. A request that waits for its host holds no place that others could use."""

    def __init__(
        self,
        *,
        concurrency: int,
        per_host: int,
        host_delay_seconds: float,
        last_starts: Mapping[str, datetime],
        now: datetime,
    ) -> None:
        self._places = asyncio.Semaphore(concurrency)
        self._per_host = per_host
        self._delay = host_delay_seconds
        self._hosts: dict[str, _Host] = {}
        for host, started_at in last_starts.items():
            # A clock that was set back must not make a host wait for longer than its delay.
            wait = min(self._delay, self._delay - (now - started_at).total_seconds())
            if wait > 0:
                self._host(host).ready_at = _clock() + wait

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """A place for one request to a host, from its start to the end of its answer."""
        state = self._host(host)
        async with state.places:
            await self._start(state)
            try:
                yield
            finally:
                self._places.release()

    async def _start(self, host: _Host) -> None:
        # The clock is looked at again once there is a place: another request to the host may have started meanwhile.
        while True:
            await asyncio.sleep(max(0.0, host.ready_at - _clock()))
            await self._places.acquire()
            now = _clock()
            if now >= host.ready_at:
                host.ready_at = now + self._delay
                return
            self._places.release()

    def _host(self, name: str) -> _Host:
        state = self._hosts.get(name)
        if state is None:
            state = self._hosts[name] = _Host(self._per_host)
        return state


class _Host:
    __slots__ = ("places", "ready_at")

    def __init__(self, per_host: int) -> None:
        self.places = asyncio.Semaphore(per_host)
        self.ready_at = 0.0


def _clock() -> float:
    return asyncio.get_running_loop().time()
