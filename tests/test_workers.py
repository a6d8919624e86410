"""Functions in processes of our own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks.tagging import labelling
from tasks.tagging.labelling import Text
from tasks.workers import Workers
from warehouse.errors import InputError

AT = datetime(2025, 11, 28, tzinfo=UTC)
TITLES = ("Trump and Maduro speak by phone", "Rain in Lisbon", "EE.UU. levanta sanciones a PDVSA", "Goats win a prize")


def _text(title: str) -> Text:
    return Text(title, "", "", AT, "", None)


def _pids(items: Sequence[int]) -> list[int]:
    return [os.getpid()] * len(items)


def _refuse(_: Sequence[int]) -> Sequence[int]:
    raise InputError("The seeds are damaged.")


def _dawdle_unless_first() -> None:
    try:
        Path(os.environ["MARK"]).touch(exist_ok=False)
    except FileExistsError:
        time.sleep(60)


def _die(_: Sequence[int]) -> Sequence[int]:
    os._exit(3)


@pytest.fixture
def workers() -> Iterator[Workers]:
    with Workers(2, preparations=(labelling.prepare,)) as workers:
        workers.start()
        yield workers


def test_results_come_in_order_with_what_came_along(workers: Workers) -> None:
    portions = [(number, [_text(f"{title} {number}") for title in TITLES]) for number in range(5)]
    found = list(workers.stream(labelling.judge, iter(portions)))
    assert found == [(number, labelling.judge(texts)) for number, texts in portions]


def test_what_is_mapped_is_what_the_function_gives(workers: Workers) -> None:
    texts = [_text(f"{title} {number}") for number in range(5) for title in TITLES]
    assert workers.map(labelling.judge, texts, portion=3) == labelling.judge(texts)
    assert workers.map(labelling.judge, [], portion=3) == []


def test_portions_larger_than_a_pipe_holds_do_not_block(workers: Workers) -> None:
    portions = [(number, [_text("Rain in Lisbon " + "word " * 200)] * 2_000) for number in range(4)]
    assert [len(verdicts) for _, verdicts in workers.stream(labelling.judge, iter(portions))] == [2_000] * 4


def test_work_is_shared_out_and_calls_go_to_one_process() -> None:
    with Workers(2) as workers:
        workers.start()
        pids = set(workers.map(_pids, range(6), portion=1))
        assert len(pids) == 2
        assert os.getpid() not in pids
        assert {workers.call(_pids, [1])[0] for _ in range(3)} <= pids
        assert len({workers.call(_pids, [1])[0] for _ in range(3)}) == 1


def test_nobody_waits_for_a_process_that_is_still_preparing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    with Workers(2, preparations=(_dawdle_unless_first,)) as workers:
        workers.start(1)
        first = workers.call(_pids, [1])[0]
        workers.start()
        assert set(workers.map(_pids, range(6), portion=1)) == {first}


def test_until_they_are_started_and_where_there_may_be_none_the_caller_works() -> None:
    with Workers(2) as idle, Workers(0) as alone:
        alone.start()
        for one in (idle, alone):
            assert set(one.map(_pids, range(6), portion=1)) == {os.getpid()} == set(one.call(_pids, [1]))


def test_an_error_that_users_are_told_is_raised_where_the_result_would_come(workers: Workers) -> None:
    with pytest.raises(InputError, match="The seeds are damaged"):
        workers.map(_refuse, range(3), portion=1)
    with pytest.raises(InputError, match="The seeds are damaged"):
        workers.start()
        workers.call(_refuse, [1])


def test_a_process_that_dies_is_noticed(workers: Workers) -> None:
    with pytest.raises(RuntimeError, match="ended with status 3"):
        workers.call(_die, [1])
