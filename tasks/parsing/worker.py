"""A parsing process: takes records from a connection, reads their bodies from the archive, sends documents back.

Run as `python -P -m tasks.parsing.worker DESCRIPTOR ARCHIVE MAX_ENTRIES [MEMORIES]` by `tasks.parsing.pool`, never by
hand.
"""

from __future__ import annotations

import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from tasks.parsing import reader
from tasks.parsing.memories import Memories
from tasks.parsing.reuse import Recall
from tasks.pickling import pickled
from warehouse.archive import PAGE, Archive, Record
from warehouse.errors import UsvenError
from warehouse.model import Document, NotAFeed, Page

READY = b"ready"


def parse_record(
    record: Record, archive: Archive, *, max_entries: int, memories: Memories | None = None
) -> Document | NotAFeed:
    """The document that a record's body is; the same with and without memories of the feed's last one.

    Raises:
        WarehouseError: the archive does not hold the body, or what the document gave cannot be kept.
    """
    recall = Recall(memories.get(record.feed_id)) if memories and not record.format else None
    document = reader.parse(
        archive.get(record.body_sha256),
        url=record.url,
        content_type=record.content_type,
        content_language=record.content_language,
        format=record.format,
        # The bound is for what strangers send: a file of items was handed in by the operator.
        max_entries=sys.maxsize if record.format else max_entries,
        recall=recall,
    )
    if memories and recall and recall.learnt:
        memories.put(record.feed_id, recall.learnt)
    return document


def read_page(record: Record, archive: Archive) -> Page:
    """The article that a record's body, a page, holds.

    Raises:
        WarehouseError: the archive does not hold the body.
    """
    # It takes a worker of feeds, which reads no page, 0.06 s to begin with.
    from tasks.parsing import fulltext

    return fulltext.read(archive.get(record.body_sha256), url=record.url, content_type=record.content_type)


def serve(connection: Connection, archive: Archive, *, max_entries: int, memories: Memories | None = None) -> None:
    """Answer each record with its document, or the archive's error, until the other side hangs up."""
    connection.send_bytes(READY)
    while True:
        try:
            record: Record = connection.recv()
        except (EOFError, ConnectionResetError):
            return
        connection.send_bytes(pickled(_answer(record, archive, max_entries, memories)))


def _answer(
    record: Record, archive: Archive, max_entries: int, memories: Memories | None
) -> Document | NotAFeed | Page | UsvenError:
    try:
        if record.format == PAGE:
            return read_page(record, archive)
        return parse_record(record, archive, max_entries=max_entries, memories=memories)
    except UsvenError as error:
        return error


def main() -> None:
    """Serve on the descriptor given on the command line."""
    # Ctrl-C reaches the whole group of processes; the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    descriptor, archive_url, max_entries, *folder = sys.argv[1:]
    memories = Memories(Path(folder[0])) if folder else None
    with Connection(int(descriptor)) as connection:
        serve(connection, Archive(archive_url), max_entries=int(max_entries), memories=memories)


if __name__ == "__main__":
    main()
