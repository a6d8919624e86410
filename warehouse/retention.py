"""Which bodies of the raw archive may go: those of documents long past that no current wording rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from warehouse.archive import Archive
from warehouse.database import Connection

# Seen by a request; the journal has no line for pages without text, for robots.txt and for what was no feed.
_SEEN = """
    SELECT body_sha256, max(seen_at) FROM (
        SELECT body_sha256, started_at AS seen_at FROM raw.fetches
        UNION ALL SELECT body_sha256, fetched_at FROM raw.pages
        UNION ALL SELECT body_sha256, fetched_at FROM raw.robots
        UNION ALL SELECT body_sha256, seen_at FROM raw.entry_revisions
    ) WHERE body_sha256 IS NOT NULL GROUP BY body_sha256
"""
_NEEDED = """
    SELECT r.body_sha256 FROM raw.entries e
    JOIN raw.entry_revisions r ON r.entry_id = e.entry_id AND r.revision_number = e.revision_count
    UNION SELECT body_sha256 FROM raw.pages WHERE outcome = 'text' OR led_to_url IS NOT NULL
    UNION SELECT arg_max(body_sha256, fetched_at) FROM raw.robots GROUP BY robots_url
    UNION SELECT last_body_sha256 FROM raw.feeds
"""


@dataclass(frozen=True, slots=True)
class Retained:
    """What is kept and what went, in bodies and in bytes as they lie in the archive."""

    kept_count: int
    kept_bytes: int
    dropped_count: int
    dropped_bytes: int


def drop_old(
    connection: Connection, archive: Archive, *, before: datetime | None, most_bytes: int | None = None
) -> Retained:
    """Drop the bodies last received before a time, then the oldest until the rest takes no more than `most_bytes`.

    None drops nothing. What is needed stays, whatever its age and however much it takes: the documents of the newest
    wording of every entry and the pages that gave an article its text, the newest robots.txt of each host, and all that
    is in a journal which has not been loaded. A body of which neither the warehouse nor the journal knows when it came
    stays. The journal itself stays whole: it is the account of what was received, and tells a rebuild what is missing.

    Raises:
        WarehouseError: a journal is damaged, or the archive does not let a body go.
    """
    seen = _last_seen(connection, archive)
    needed = {sha256 for (sha256,) in connection.execute(_NEEDED).fetchall()} | set(_unloaded(connection, archive))
    kept = dict(archive.bodies())
    kept_bytes = sum(kept.values())
    dropped: dict[str, int] = {}
    for at, sha256 in sorted((seen[sha256], sha256) for sha256 in kept if sha256 in seen and sha256 not in needed):
        if (before is not None and at < before) or (most_bytes is not None and kept_bytes > most_bytes):
            dropped[sha256] = kept.pop(sha256)
            kept_bytes -= dropped[sha256]
    archive.drop(dropped)
    return Retained(len(kept), kept_bytes, len(dropped), sum(dropped.values()))


def _last_seen(connection: Connection, archive: Archive) -> dict[str, datetime]:
    """When each body was last received."""
    seen = {sha256: at.replace(tzinfo=UTC) for sha256, at in connection.execute(_SEEN).fetchall()}
    for batch_id in archive.batch_ids():
        for record in archive.read_journal(batch_id):
            at = seen.get(record.body_sha256)
            if at is None or at < record.seen_at:
                seen[record.body_sha256] = record.seen_at
    return seen


def _unloaded(connection: Connection, archive: Archive) -> Iterator[str]:
    """The bodies of the batches that are not in the warehouse yet."""
    loaded = {batch_id for (batch_id,) in connection.execute("SELECT batch_id FROM raw.batches").fetchall()}
    for batch_id in archive.batch_ids():
        if batch_id not in loaded:
            yield from (record.body_sha256 for record in archive.read_journal(batch_id))
