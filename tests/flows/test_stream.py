"""What one thread brings while another uses it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar

import pytest

from flows.stream import Closed, Stream

_flow: ContextVar[str] = ContextVar("flow", default="none")


def _counting(count: int) -> Callable[[Callable[[int], None]], None]:
    def produce(put: Callable[[int], None]) -> None:
        for number in range(count):
            put(number)

    return produce


def test_items_come_in_order_and_end() -> None:
    with Stream(_counting(100), ahead=3) as stream:
        assert list(stream) == list(range(100))


def test_what_brings_them_waits_when_enough_wait_to_be_used() -> None:
    brought: list[int] = []
    has_three = threading.Event()

    def produce(put: Callable[[int], None]) -> None:
        for number in range(10):
            brought.append(number)
            if number == 2:
                has_three.set()
            put(number)

    with Stream(produce, ahead=2) as stream:
        assert has_three.wait(10)
        threading.Event().wait(0.05)
        assert brought == [0, 1, 2]
        assert list(stream) == list(range(10))


def test_an_error_comes_after_what_was_brought_before_it() -> None:
    def produce(put: Callable[[int], None]) -> None:
        put(1)
        raise OSError("the disk is full")

    used: list[int] = []
    with Stream(produce, ahead=5) as stream, pytest.raises(OSError, match="the disk is full"):
        used.extend(stream)
    assert used == [1]


def test_who_stops_using_them_stops_what_brings_them() -> None:
    ended: list[type[BaseException]] = []

    def produce(put: Callable[[int], None]) -> None:
        try:
            _counting(10**9)(put)
        except BaseException as error:
            ended.append(type(error))
            raise

    with pytest.raises(KeyError), Stream(produce, ahead=0) as stream:
        assert next(iter(stream)) == 0
        raise KeyError
    assert ended == [Closed]


def test_a_burst_ends_where_the_next_item_is_late() -> None:
    has_two, goes_on = threading.Event(), threading.Event()

    def produce(put: Callable[[int], None]) -> None:
        put(1)
        put(2)
        has_two.set()
        goes_on.wait(60)
        put(3)

    found: list[list[int]] = []
    with Stream(produce, ahead=5) as stream:
        assert has_two.wait(60)
        for burst in stream.bursts(0.2):
            found.append(list(burst))
            goes_on.set()
    assert found == [[1, 2], [3]]


def test_the_thread_is_in_the_same_flow() -> None:
    _flow.set("monitor")
    with Stream(lambda put: put(_flow.get()), ahead=1) as stream:
        assert list(stream) == ["monitor"]
