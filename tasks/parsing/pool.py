"""Many bodies parsed at once, in processes of our own: one that dies or dawdles costs its document alone.

The workers are plain subprocesses. `concurrent.futures` cannot end one worker without breaking its pool, forking is
unsafe beside Prefect's threads, and spawning imports the parent's main module again, which is Prefect, in each worker.
"""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from multiprocessing import Pipe, connection
from pathlib import Path
from types import TracebackType

from tasks.parsing import worker
from tasks.parsing.memories import Memories
from tasks.workers import launch
from warehouse.archive import Archive, Record
from warehouse.errors import UsvenError
from warehouse.model import Document, NotAFeed, NoText, Page, PageText

WORTH_WORKERS = 60
"""Documents from which workers pay: at 50 of 30 entries two of them took as long as the caller alone, 0.5 s."""
RECALLED = 0.2
"""What a document costs in which little is new: of 30 entries two, the others being recalled."""
SECONDS = 90.0
"""Longest time for one document in a worker; the reader, where it can watch the clock, gives up before."""
START_SECONDS = 60.0
"""Longest time for a worker to start, which takes half a second where nothing is wrong."""
AHEAD = 200
"""Documents that may be finished before the one that is waited for, so that a slow one does not fill the memory."""
HANDED_OUT = 2
"""Documents given to a worker at a time: one to parse and one to begin while the parent is busy."""

Outcome = Document | NotAFeed | Page


def read_all(records: Sequence[Record], archive: Archive, *, workers: int) -> Iterator[Page]:
    """The articles of the records' bodies, which are pages, in the order of the records.

    Always in workers: what a page may do to the parser cannot be bounded from within.

    Raises:
        WarehouseError: the archive does not hold a body.
    """
    with Pool(archive.url, max_entries=0, workers=workers) as pool:
        yield from map(_page, pool.run(records))


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
        limit = SECONDS if self.is_ready else START_SECONDS
        return bool(self.tasks) and time.monotonic() - self.since > limit

    def end(self) -> int:
        """End the process; its exit status."""
        self.connection.close()
        self.process.kill()
        return self.process.wait()


class Parsers:
    """What parses the bodies of one archive: the caller where they are few, else workers, which stay for the next.

    `memories` is a folder for `Memories`.
    """

    def __init__(self, archive: Archive, *, max_entries: int, workers: int, memories: Path | None = None) -> None:
        self._archive, self._max_entries = archive, max_entries
        self._workers, self._folder = workers, memories
        self._memories = Memories(memories) if memories else None
        self._pool: Pool | None = None
        self._effort_so_far = 0.0

    def __enter__(self) -> Parsers:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def parse(self, records: Sequence[Record]) -> Iterator[Document | NotAFeed]:
        """The documents of the records' bodies, in the order of the records.

        Raises:
            WarehouseError: the archive does not hold a body, or `memories` cannot be written.
        """
        # Counted over all that is given: of large documents no batch has many, and yet there may be many batches.
        self._effort_so_far += self._effort(records)
        if self._workers < 2 or (self._pool is None and self._effort_so_far < WORTH_WORKERS):
            for record in records:
                yield worker.parse_record(record, self._archive, max_entries=self._max_entries, memories=self._memories)
            return
        self._pool = self._pool or Pool(
            self._archive.url, max_entries=self._max_entries, workers=self._workers, memories=self._folder
        )
        try:
            yield from (outcome for outcome in self._pool.run(records) if isinstance(outcome, Document | NotAFeed))
        except BaseException:
            # An answer that nobody took would be taken for one of the next records'.
            self._end()
            raise

    def recalls(self, feed_id: str) -> bool:
        """Whether it is known what the feed's last document gave, so that most of its next one need not be parsed."""
        return self._memories is not None and feed_id in self._memories

    def _effort(self, records: Sequence[Record]) -> float:
        """How many documents it is like to parse these from the start."""
        return sum(RECALLED if self.recalls(record.feed_id) else 1 for record in records)

    def _end(self) -> None:
        if self._pool:
            self._pool.end()
            self._pool = None


class Pool:
    """Workers over one archive, for as long as the context lasts."""

    def __init__(self, archive_url: str, *, max_entries: int, workers: int, memories: Path | None = None) -> None:
        self._archive_url, self._max_entries, self._memories = archive_url, max_entries, memories
        self.workers = [self._start() for _ in range(workers)]
        self._waiting: deque[tuple[int, Record]] = deque()
        self._done: dict[int, Outcome | UsvenError] = {}

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End the workers, whatever they are at."""
        with ExitStack() as stack:
            for process in self.workers:
                stack.callback(process.end)

    def run(self, records: Sequence[Record]) -> Iterator[Outcome]:
        """The outcomes in order; an error of the archive is raised where its document would come."""
        self._waiting.extend(enumerate(records))
        for index in range(len(records)):
            while index not in self._done:
                self._hand_out(index + AHEAD)
                self._collect()
            outcome = self._done.pop(index)
            if isinstance(outcome, UsvenError):
                raise outcome
            yield outcome

    def _hand_out(self, end: int) -> None:
        for _ in range(HANDED_OUT):
            for process in self.workers:
                if len(process.tasks) < HANDED_OUT and self._waiting and self._waiting[0][0] < end:
                    # A process that is gone takes nothing; `_collect` finds that out and replaces it.
                    with suppress(BrokenPipeError):
                        process.give(*self._waiting[0])
                        self._waiting.popleft()

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
        if answer:
            self._done[answer[0]] = answer[1]

    def _replace(self, process: Worker, outcome: NotAFeed) -> None:
        status = process.end()
        if not process.is_ready:
            raise RuntimeError(f"A parsing process ended with status {status} before it was ready.")
        if process.tasks:
            self._done[process.tasks.popleft()[0]] = outcome
        self._waiting.extendleft(reversed(process.tasks))
        self.workers[self.workers.index(process)] = self._start()

    def _start(self) -> Worker:
        return Worker(self._archive_url, self._max_entries, self._memories)
