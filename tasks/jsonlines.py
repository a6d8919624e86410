"""Files of JSON Lines that people hand in: objects, one a line, and errors that name the line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Never

from warehouse.errors import InputError

Item = tuple[str, dict[str, Any]]
"""An object, and words that say where it stands, for whoever finds something wrong with it."""


def read(path: Path) -> Iterator[Item]:
    """The objects of a file, gzipped or not.

    Raises:
        InputError: the file cannot be read, or a line is not a JSON object.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            yield from parse(lines, str(path))
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read ({reason}).") from error


def parse(lines: Iterable[bytes], origin: str) -> Iterator[Item]:
    """The objects of lines that come from `origin`; empty lines are passed over.

    Raises:
        InputError: a line is not a JSON object.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            where = f"{origin}, line {number}"
            yield where, _object(line, where)


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        item = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not JSON ({error}).") from error
    if not isinstance(item, dict):
        raise InputError(f"{where}: not a JSON object.")
    return item


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is no value of JSON")
