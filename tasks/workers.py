"""Functions run in processes of our own, for work that would keep one processor busy and its memory full.

Plain subprocesses: forking is unsafe beside Prefect's threads, and spawning imports the parent's main module again,
which is Prefect, in each worker.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, TypeVar

from tasks import worker
from tasks.pickling import pickled
from warehouse.errors import UsvenError

R = TypeVar("R")
A = TypeVar("A")
T = TypeVar("T")
_SOURCES = Path(__file__).parents[1]


class Workers:
    """Up to `count` processes that run functions once they are started; until then the caller runs them itself.

    Functions are those of modules; their arguments and results go from process to process. `preparations` are run by
    each process as it starts, while the caller does something else.
    """

    def __init__(self, count: int, *, preparations: Sequence[Callable[[], None]] = ()) -> None:
        self._count, self._preparations = count, preparations
        self._processes: list[_Process] = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def start(self, wanted: int = sys.maxsize) -> None:
        """Have so many processes, or as many as there may be."""
        for _ in range(len(self._processes), min(wanted, self._count)):
            self._processes.append(_Process(self._preparations))

    @property
    def are_started(self) -> bool:
        """Whether it is not the caller who runs everything."""
        return bool(self._processes)

    def call(self, function: Callable[..., R], *arguments: Any) -> R:
        """The result of a function, by the first process: what the function remembers, it finds there again."""
        if not self._processes:
            return function(*arguments)
        self._processes[0].give(function, *arguments)
        try:
            result: R = self._processes[0].take()
        except BaseException:
            self._end()
            raise
        return result

    def map(self, function: Callable[[Sequence[A]], Sequence[R]], items: Sequence[A], *, portion: int) -> list[R]:
        """What a function makes of items, which it is given in portions."""
        portions = ((None, items[start : start + portion]) for start in range(0, len(items), portion))
        return [result for _, results in self.stream(function, portions) for result in results]

    def stream(
        self, function: Callable[[Sequence[A]], Sequence[R]], portions: Iterable[tuple[T, Sequence[A]]]
    ) -> Iterator[tuple[T, Sequence[R]]]:
        """What a function makes of each portion, in order, with what came along with the portion."""
        if not self._processes:
            for luggage, items in portions:
                yield luggage, function(items)
            return
        given: deque[tuple[T, _Process]] = deque()
        try:
            for luggage, items in portions:
                prepared = self._prepared()
                # A process is given a portion only when its last answer is taken: both sides sending at once would
                # block.
                done = _taken(given) if len(given) == len(prepared) else None
                busy = [process for _, process in given]
                process = next(process for process in prepared if process not in busy)
                process.give(function, items)
                given.append((luggage, process))
                if done:
                    yield done
            while given:
                yield _taken(given)
        except BaseException:
            # An answer that nobody took would be taken for that to another call.
            self._end()
            raise

    def _prepared(self) -> list[_Process]:
        """The first process and those others for which nobody has to wait."""
        first, *others = self._processes
        return [first, *(process for process in others if process.is_prepared())]

    def _end(self) -> None:
        with ExitStack() as stack:
            for process in self._processes:
                stack.callback(process.end)
        self._processes = []


def _taken(given: deque[tuple[T, _Process]]) -> tuple[T, Any]:
    luggage, process = given.popleft()
    return luggage, process.take()


class _Process:
    def __init__(self, preparations: Sequence[Callable[[], None]]) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            self._process = launch(worker.__name__, theirs.fileno())
        for preparation in preparations:
            self.give(preparation)
        self._preparing = len(preparations)

    def is_prepared(self) -> bool:
        """Whether it has come to the end of its preparations."""
        while self._preparing and self._connection.poll():
            self._end_preparation()
        return not self._preparing

    def give(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Hand over a call. The answer to the last one must have been taken."""
        self._connection.send_bytes(pickled((function, arguments)))

    def take(self) -> Any:
        """The result of the call that was handed over.

        Raises:
            UsvenError: what the function raised.
            RuntimeError: the process died.
        """
        while self._preparing:
            self._end_preparation()
        result = pickle.loads(self._received())  # noqa: S301 - from our own process
        if isinstance(result, UsvenError):
            raise result
        return result

    def _end_preparation(self) -> None:
        self._received()
        self._preparing -= 1

    def _received(self) -> bytes:
        try:
            return self._connection.recv_bytes()
        except (EOFError, ConnectionResetError) as error:
            raise RuntimeError(f"A working process ended with status {self._process.wait()}.") from error

    def end(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()


def launch(module: str, descriptor: int, *arguments: str) -> subprocess.Popen[bytes]:
    """A process that runs a module of ours, wherever it is started, with an open descriptor and other arguments."""
    return subprocess.Popen(  # noqa: S603 - our own module, with arguments of our own
        [sys.executable, "-P", "-m", module, str(descriptor), *arguments],
        pass_fds=[descriptor],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=environment(),
    )


def environment() -> dict[str, str]:
    """Ours, so changed that a process finds our packages wherever it is started."""
    path = os.pathsep.join(filter(None, (str(_SOURCES), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}
