"""One pass at a time: a lock on the data folder that the system gives back by itself when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import WarehouseBusy, WarehouseError

_PAUSE_SECONDS = 0.5


@contextmanager
def exclusive(path: Path, purpose: str, *, patience_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path` while the block runs; waits for another holder to finish, if told to.

    Raises:
        WarehouseBusy: another process holds it; the message says which and what for.
        WarehouseError: the lock file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise WarehouseError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        _take(handle, path, time.monotonic() + patience_seconds)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{purpose} (process {os.getpid()})".encode(), 0)
        yield
    finally:
        os.close(handle)


def _take(handle: int, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                holder = os.pread(handle, 200, 0).decode(errors="replace").strip() or "another process"
                raise WarehouseBusy(f"{path.parent} is in use by {holder}. Try again when it has finished.") from error
            time.sleep(_PAUSE_SECONDS)
        else:
            return
