"""Many articles labelled at once, in processes of our own: rules are applied to a whole warehouse in minutes.

Plain subprocesses, like the parser's: forking is unsafe beside Prefect's threads, and spawning imports the parent's
main module again, which is Prefect, in each worker.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import cycle
from multiprocessing import Pipe
from pathlib import Path
from typing import TypeVar

from tasks.tagging import labelling, worker
from tasks.tagging.labelling import Text, Verdict

T = TypeVar("T")
_SOURCES = Path(__file__).parents[2]


def judge_all(portions: Iterable[tuple[T, Sequence[Text]]], *, workers: int) -> Iterator[tuple[T, Sequence[Verdict]]]:
    """Labels and languages of the texts of each portion, in order, with what came along with the portion.

    With one worker, the caller does the work.
    """
    if workers < 2:
        for luggage, texts in portions:
            yield luggage, labelling.judge(texts)
        return
    with ExitStack() as stack:
        turns = cycle([stack.enter_context(Worker()) for _ in range(workers)])
        given: deque[tuple[T, Worker]] = deque()
        for (luggage, texts), process in zip(portions, turns, strict=False):
            # A worker is given a portion only when its last answer is taken: both sides sending at once would block.
            done = _taken(given) if len(given) == workers else None
            process.give(texts)
            given.append((luggage, process))
            if done:
                yield done
        while given:
            yield _taken(given)


def _taken(given: deque[tuple[T, Worker]]) -> tuple[T, Sequence[Verdict]]:
    luggage, process = given.popleft()
    return luggage, process.take()


class Worker:
    """A process that judges texts, for as long as the context lasts."""

    def __init__(self) -> None:
        self._connection, theirs = Pipe()
        path = os.pathsep.join(filter(None, (str(_SOURCES), os.environ.get("PYTHONPATH"))))
        with theirs:
            descriptor = theirs.fileno()
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", worker.__name__, str(descriptor)],
                pass_fds=[descriptor],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()

    def give(self, texts: Sequence[Text]) -> None:
        """Hand over texts. The answer to the last ones must have been taken."""
        self._connection.send_bytes(pickle.dumps([tuple(text) for text in texts], pickle.HIGHEST_PROTOCOL))

    def take(self) -> Sequence[Verdict]:
        """The verdicts of the texts that were given."""
        try:
            found: list[Verdict] = pickle.loads(self._connection.recv_bytes())  # noqa: S301 - from our own worker
        except (EOFError, ConnectionResetError) as error:
            raise RuntimeError(f"A labelling process ended with status {self._process.wait()}.") from error
        return found
