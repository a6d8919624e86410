"""What one thread brings while another uses what it has brought already."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from typing import Generic, TypeVar

T = TypeVar("T")
Put = Callable[[T], None]


class Closed(Exception):
    """Nobody wants what is brought any more."""


class Stream(Generic[T]):
    """Items that a function puts, one by one, from a thread of its own while the block runs.

    To put an item takes until no more than `ahead` of them wait to be used. What the function raises is raised where
    its next item would come. When the block ends before the function, its next `put` raises `Closed`, and the block
    waits for it.
    """

    def __init__(self, produce: Callable[[Put[T]], None], *, ahead: int) -> None:
        self._produce, self._ahead = produce, ahead
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._error: BaseException | None = None
        self._is_ended = self._is_closed = False
        # Where this is in a flow, what runs in the thread is so too.
        self._thread = threading.Thread(target=copy_context().run, args=(self._run,))

    @classmethod
    def of(cls, items: Iterable[T]) -> Stream[T]:
        """The items of an iterable that takes time, the next one not before the one before it is taken."""

        def produce(put: Put[T]) -> None:
            for item in items:
                put(item)

        return cls(produce, ahead=0)

    def __enter__(self) -> Stream[T]:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while self._is_there(None):
            yield self._take()

    def bursts(self, patience_seconds: float) -> Iterator[Iterator[T]]:
        """The items in runs, each of which ends where the next item is not there within some time."""
        while self._is_there(None):
            yield self._burst(patience_seconds)

    def _burst(self, patience_seconds: float) -> Iterator[T]:
        while self._is_there(patience_seconds):
            yield self._take()

    def _is_there(self, patience_seconds: float | None) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._is_ended, patience_seconds)
            if self._error and not self._items:
                raise self._error
            return bool(self._items)

    def _take(self) -> T:
        with self._changed:
            self._changed.notify_all()
            return self._items.popleft()

    def _put(self, item: T) -> None:
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._is_closed or len(self._items) <= self._ahead)
            if self._is_closed:
                raise Closed

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            self._produce(self._put)
        except BaseException as raised:  # noqa: BLE001 - it is raised by who takes the items
            error = raised
        with self._changed:
            self._error, self._is_ended = error, True
            self._changed.notify_all()
