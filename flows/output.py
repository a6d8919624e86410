"""Standard output and error that say by themselves why nobody can read them.

Of a broken pipe libraries on the way make what they like: typer and rich exit with 1, Python prints a line as it ends.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from warehouse.errors import InputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class ReaderLeft(Exception):
    """Whoever read what we print has left, as `head` does. No OSError, which others would take for theirs."""


def telling(stream: TextIO | None) -> TextIO:
    """The same stream, of which a write raises ReaderLeft or InputError once, and what follows goes nowhere.

    One that was closed before we began, which Python has as None, takes everything.
    """
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    return io.TextIOWrapper(
        io.BufferedWriter(_Told(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=bool(stream.line_buffering),
    )


class _Told(io.FileIO):
    _is_lost = False

    def write(self, data: ReadableBuffer, /) -> int:
        if self._is_lost:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except OSError as error:
            self._is_lost = True
            if isinstance(error, BrokenPipeError):
                raise ReaderLeft from error
            raise InputError(f"What is printed cannot be written: {error.strerror}.") from error
