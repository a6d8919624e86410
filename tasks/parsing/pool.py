"""Many bodies parsed at once, in processes of our own: one that dies or dawdles costs its document alone.

The workers are plain subprocesses. `concurrent.futures` cannot end one worker without breaking its pool, forking is
unsafe beside Prefect's threads, and spawning imports the parent's main module again, which is Prefect, in each worker.
"""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from itertools import chain
from multiprocessing import Pipe, connection
from pathlib import Path
from types import TracebackType
from typing import TypeGuard

from tasks.parsing import worker
from tasks.parsing.memories import Memories
from tasks.workers import launch
from warehouse.archive import Archive, Record
from warehouse.errors import UsvenError
from warehouse.model import Document, NotAFeed, NoText, Page, PageText

WORTH_A_WORKER = 8
"""Documents from which it pays to start a worker: its half second falls where the next documents are still to come."""
WORTH_ANOTHER = 60
"""So many more are worth another one."""
RECALLED = 0.2
"""What a document costs in which little is new: of 30 entries two, the others being recalled."""
SECONDS = 90.0
"""Longest time for one document in a worker; the reader, where it can watch the clock, gives up before."""
START_SECONDS = 60.0
"""Longest time for a worker to start, which takes half a second where nothing is wrong."""
HANDED_OUT = 2
"""Documents given to a worker at a time: one to parse and one to begin while the parent is busy."""

Outcome = Document | NotAFeed | Page


def read_all(records: Sequence[Record], archive: Archive, *, workers: int) -> tuple[Page, ...]:
    """The articles of the records' bodies, which are pages, in the order of the records.

    Always in workers: what a page may do to the parser cannot be bounded from within.

    Raises:
        WarehouseError: the archive does not hold a body.
    """
    with Pool(archive.url, max_entries=0, workers=workers) as pool:
        return tuple(map(_page, pool.run(records)))


def _page(outcome: Outcome) -> Page:
    if isinstance(outcome, PageText | NoText):
        return outcome
    kind = outcome.kind if isinstance(outcome, NotAFeed) else outcome.format
    return NoText("no_text", kind, "Reading the page took too long, or ended the process that read it.")


class Worker:
    """One process and what it has been given; the first of `tasks` is the one it works on, since `since`."""

    def __init__(self, archive_url: str, max_entries: int, memories: Path | None) -> None:
        self.connection, theirs = Pipe()
        with theirs:
            arguments = (archive_url, str(max_entries), *([str(memories)] if memories else ()))
            self.process = launch(worker.__name__, theirs.fileno(), *arguments)
        self.tasks: deque[tuple[int, Record]] = deque()
        self.since = time.monotonic()
        self.is_ready = False

    def give(self, index: int, record: Record) -> None:
        """Hand over a record. BrokenPipeError: the process is gone."""
        self.connection.send(record)
        self.tasks.append((index, record))
        if len(self.tasks) == 1:
            self.since = time.monotonic()

    def take(self) -> tuple[int, Outcome | UsvenError] | None:
        """The next answer with its index, or None for the greeting. EOFError: the process is gone."""
        message = self.connection.recv_bytes()
        self.since = time.monotonic()
        if not self.is_ready:
            self.is_ready = True
            return None
        return self.tasks.popleft()[0], pickle.loads(message)  # noqa: S301 - from our own worker

    def is_overdue(self) -> bool:
        elapsed = time.monotonic() - self.since
        return bool(self.tasks) and elapsed > SECONDS if self.is_ready else elapsed > START_SECONDS

    def end(self) -> int:
        """End the process; its exit status."""
        self.connection.close()
        self.process.kill()
        return self.process.wait()


class Parsers:
    """What parses the bodies of one archive: workers, which stay for the next, and the caller while there are none.

    `memories` is a folder for `Memories`.
    """

    def __init__(self, archive: Archive, *, max_entries: int, workers: int, memories: Path | None = None) -> None:
        self._archive, self._max_entries = archive, max_entries
        self._workers = workers if workers > 1 else 0
        self._folder, self._memories = memories, Memories(memories) if memories else None
        self._pool: Pool | None = None
        self._effort = 0.0

    def __enter__(self) -> Parsers:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def parse(self, records: Iterable[Record]) -> list[Document | NotAFeed]:
        """The documents of the records' bodies, in the order of the records, which may still be coming.

        Raises:
            WarehouseError: the archive does not hold a body, or `memories` cannot be written.
        """
        coming = map(self._counted, records)
        documents: list[Document | NotAFeed] = []
        try:
            for record in coming:
                if self._pool:
                    documents += filter(_is_of_a_feed, self._pool.run(chain([record], coming)))
                else:
                    documents.append(self._parsed(record))
        except BaseException:
            # An answer that nobody took would be taken for one of the next records'.
            self._end()
            raise
        return documents

    def _parsed(self, record: Record) -> Document | NotAFeed:
        return worker.parse_record(record, self._archive, max_entries=self._max_entries, memories=self._memories)

    def recalls(self, feed_id: str) -> bool:
        """Whether it is known what the feed's last document gave, so that most of its next one need not be parsed."""
        return self._memories is not None and feed_id in self._memories

    def _counted(self, record: Record) -> Record:
        """The record, with as many workers started as all that was given until now is worth."""
        self._effort += RECALLED if self.recalls(record.feed_id) else 1
        if self._workers and self._effort >= WORTH_A_WORKER:
            self._pool = self._pool or Pool(self._archive.url, max_entries=self._max_entries, memories=self._folder)
            self._pool.start(min(self._workers, 1 + int(self._effort / WORTH_ANOTHER)))
        return record

    def _end(self) -> None:
        if self._pool:
            self._pool.end()
            self._pool = None


def _is_of_a_feed(outcome: Outcome) -> TypeGuard[Document | NotAFeed]:
    return isinstance(outcome, Document | NotAFeed)


class Pool:
    """Workers over one archive, for as long as the context lasts."""

    def __init__(self, archive_url: str, *, max_entries: int, workers: int = 0, memories: Path | None = None) -> None:
        self._archive_url, self._max_entries, self._memories = archive_url, max_entries, memories
        self.workers: list[Worker] = []
        self._waiting: deque[tuple[int, Record]] = deque()
        self._done: dict[int, Outcome] = {}
        self.start(workers)

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def start(self, count: int) -> None:
        """Have so many workers, if there are fewer."""
        self.workers += [self._started() for _ in range(len(self.workers), count)]

    def end(self) -> None:
        """End the workers, whatever they are at."""
        with ExitStack() as stack:
            for process in self.workers:
                stack.callback(process.end)

    def run(self, records: Iterable[Record]) -> list[Outcome]:
        """The outcomes in the order of the records, which are given to the workers as they come.

        Raises:
            WarehouseError: the archive does not hold a body.
        """
        count = 0
        for count, record in enumerate(records, 1):
            self._waiting.append((count - 1, record))
            self._hand_out()
        while len(self._done) < count:
            self._collect()
            self._hand_out()
        return [self._done.pop(index) for index in range(count)]

    def _hand_out(self) -> None:
        """Give what waits to workers that are ready for it, once there are some."""
        while self._waiting:
            free = [process for process in self.workers if process.is_ready and len(process.tasks) < HANDED_OUT]
            if free:
                # A process that is gone takes nothing; `_collect` finds that out and replaces it.
                with suppress(BrokenPipeError):
                    min(free, key=lambda process: len(process.tasks)).give(*self._waiting[0])
                    self._waiting.popleft()
                    continue
            self._collect()

    def _collect(self) -> None:
        """Take what has come; replace the workers that died or take too long."""
        ready = set(connection.wait([process.connection for process in self.workers], timeout=1.0))
        for process in list(self.workers):
            if process.connection in ready:
                self._receive(process)
            elif process.is_overdue():
                reason = f"Parsing took longer than {SECONDS:.0f} s and was ended. Report the feed, or disable it."
                self._replace(process, NotAFeed("too_slow", reason))

    def _receive(self, process: Worker) -> None:
        try:
            answer = process.take()
        except (EOFError, ConnectionResetError):
            reason = "The parsing process died of this document. Report the feed, or disable it."
            self._replace(process, NotAFeed("crashed", reason))
            return
        if answer is None:
            return
        index, outcome = answer
        if isinstance(outcome, UsvenError):
            raise outcome
        self._done[index] = outcome

    def _replace(self, process: Worker, outcome: NotAFeed) -> None:
        status = process.end()
        if not process.is_ready:
            raise RuntimeError(f"A parsing process ended with status {status} before it was ready.")
        if process.tasks:
            self._done[process.tasks.popleft()[0]] = outcome
        self._waiting.extendleft(reversed(process.tasks))
        self.workers[self.workers.index(process)] = self._started()

    def _started(self) -> Worker:
        return Worker(self._archive_url, self._max_entries, self._memories)
