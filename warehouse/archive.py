"""The raw archive: every body as it was received, and a journal of which fetch brought which body.

Bodies lie compressed under their SHA-256, so that one received twice is kept once. The journal has a file a
batch, written before the batch is loaded: what a crash kept out of the warehouse is found there by the next
run, and the whole warehouse can be rebuilt from it. A folder and any fsspec address serve alike.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import fsspec
import zstandard

from warehouse.errors import WarehouseError

LEVEL = 3
PAGE = "page"
"""Format of a record whose body is an article's page, not a feed's document."""
_serial = itertools.count()


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the journal: which feed brought which body, when, and all that parsing it needs.

    A record of format `page` has no feed: `article_id` says whose page it is, `feed_url` which address was asked for.
    Its `body_sha256` is empty where the page gave no text, but `url` told where the article is.
    """

    feed_id: str
    feed_url: str
    outlet_id: str
    language: str | None
    seen_at: datetime
    body_sha256: str
    url: str
    content_type: str | None = None
    content_language: str | None = None
    format: str | None = None
    article_id: str | None = None


class Archive:
    """Bodies and journal below one address, a folder or an fsspec URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._fs, self._root = fsspec.core.url_to_fs(url)

    def put(self, body: bytes) -> str:
        """Keep a body; the SHA-256 it is found under.

        Raises:
            WarehouseError: the archive does not take it.
        """
        sha256 = hashlib.sha256(body).hexdigest()
        path = self._body_path(sha256)
        if not self._fs.exists(path):
            self._write(path, zstandard.ZstdCompressor(level=LEVEL).compress(body))
        return sha256

    def get(self, sha256: str) -> bytes:
        """The body kept under a SHA-256.

        Raises:
            WarehouseError: it is not there, or not what was put in.
        """
        path = self._body_path(sha256)
        try:
            body = zstandard.ZstdDecompressor().decompress(self._fs.cat_file(path))
        except FileNotFoundError as error:
            raise WarehouseError(f"The raw archive has no body {sha256}: {path} is missing.") from error
        except zstandard.ZstdError as error:
            raise WarehouseError(f"The raw archive's {path} is damaged; remove it to have it fetched anew.") from error
        if hashlib.sha256(body).hexdigest() != sha256:
            raise WarehouseError(f"The raw archive's {path} is not what its name says; remove it.")
        return body

    def write_journal(self, batch_id: str, records: Iterable[Record]) -> None:
        """Keep the journal of a batch, in one piece or not at all. A batch id sorts by time.

        Raises:
            WarehouseError: the archive does not take it.
        """
        # In ASCII, so that a line separator in a server's header ends no line.
        lines = "".join(json.dumps(_plain(record)) + "\n" for record in records)
        self._write(self._journal_path(batch_id), lines.encode())

    def read_journal(self, batch_id: str) -> tuple[Record, ...]:
        """The records of a batch.

        Raises:
            WarehouseError: its journal is missing or damaged.
        """
        path = self._journal_path(batch_id)
        try:
            return tuple(_record(json.loads(line)) for line in self._fs.cat_file(path).decode().splitlines())
        except FileNotFoundError as error:
            raise WarehouseError(f"The raw archive has no journal of batch {batch_id}: {path} is missing.") from error
        except (ValueError, TypeError, KeyError) as error:
            raise WarehouseError(
                f"The raw archive's {path} is damaged; remove it to go on without what it lists."
            ) from error

    def batch_ids(self, *, since: str = "") -> Iterator[str]:
        """The batches of the journal in the order of time, from `since` (excluded) on."""
        folder = f"{self._root}/journal"
        if self._fs.exists(folder):
            days = sorted(path.rsplit("/", 1)[-1] for path in self._fs.ls(folder, detail=False))
            for day in days:
                if day >= since[:8]:
                    names = (path.rsplit("/", 1)[-1] for path in self._fs.ls(f"{folder}/{day}", detail=False))
                    ids = sorted(name.removesuffix(".jsonl") for name in names if name.endswith(".jsonl"))
                    yield from (batch_id for batch_id in ids if batch_id > since)

    def bodies(self) -> Iterator[tuple[str, int]]:
        """The SHA-256 of every body that is kept, with the bytes that it takes."""
        for path, about in self._files("bodies"):
            yield path.rsplit("/", 1)[-1].removesuffix(".zst"), int(about["size"])

    def drop(self, sha256s: Iterable[str]) -> None:
        """Remove bodies for good.

        Raises:
            WarehouseError: the archive does not let one go.
        """
        for sha256 in sha256s:
            try:
                self._fs.rm_file(self._body_path(sha256))
            except OSError as error:
                raise WarehouseError(
                    f"The raw archive cannot remove {self._body_path(sha256)}: {error.strerror or error}."
                ) from error

    def drop_unfinished(self) -> int:
        """Remove what a crash left half written, while nobody else writes; how many files that were."""
        partial = [path for folder in ("bodies", "journal") for path, _ in self._files(folder, suffix=".part")]
        for path in partial:
            self._fs.rm_file(path)
        return len(partial)

    def copy_missing(self, to: Archive) -> int:
        """Copy what another archive lacks, bodies before the journal that names them; how many files that were.

        What it has is not looked into: a file that is there under its name is whole, and never changes.

        Raises:
            WarehouseError: the other archive does not take it.
        """
        copied = 0
        for folder in ("bodies", "journal"):
            there = {path.removeprefix(to._root) for path, _ in to._files(folder)}
            for path, _ in self._files(folder):
                name = path.removeprefix(self._root)
                if name not in there:
                    to._write(to._root + name, self._fs.cat_file(path))
                    copied += 1
        return copied

    def _files(self, folder: str, suffix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
        """The whole files of a folder, or those with a suffix, with what the file system says of them."""
        found = self._fs.find(f"{self._root}/{folder}", detail=True)
        for path, about in found.items():
            if path.endswith(suffix) if suffix else not path.endswith(".part"):
                yield path, about

    def _body_path(self, sha256: str) -> str:
        return f"{self._root}/bodies/{sha256[:2]}/{sha256}.zst"

    def _journal_path(self, batch_id: str) -> str:
        return f"{self._root}/journal/{batch_id[:8]}/{batch_id}.jsonl"

    def _write(self, path: str, content: bytes) -> None:
        # A name of its own first, then a rename: a reader and a crash see the whole file or none.
        partial = f"{path}.{os.getpid()}-{next(_serial)}.part"
        try:
            self._fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            self._fs.pipe_file(partial, content)
            self._fs.mv(partial, path)
        except OSError as error:
            reason = error.strerror or error
            raise WarehouseError(f"The raw archive cannot write {path}: {reason}. Is the disk full?") from error


def _plain(record: Record) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in Record.__slots__}
    values["seen_at"] = record.seen_at.isoformat()
    return {name: value for name, value in values.items() if value is not None}


def _record(values: dict[str, Any]) -> Record:
    return Record(**{"language": None} | values | {"seen_at": datetime.fromisoformat(values["seen_at"])})
