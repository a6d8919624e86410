"""One pass at a time: a lock on the data folder that the system gives back by itself when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from warehouse import lake
from warehouse.errors import WarehouseBusy, WarehouseError
from warehouse.location import Lake, Warehouse

TURN_SECONDS = 600.0
"""Patience with other machines' batches: one takes seconds."""
_PAUSE_SECONDS = 0.5


@contextmanager
def turn(warehouse: Warehouse, *, of: str = "batch") -> Iterator[None]:
    """The right to decide on a batch and to load it: what the warehouse knows does not change while the block runs.

    The lock of the data folder gives it for a file; the machines of a lake take turns. So they do of other things
    that only one of them may do at a time.

    Raises:
        WarehouseBusy: others' batches took too long.
    """
    with lake.held(warehouse, of, patience_seconds=TURN_SECONDS) if isinstance(warehouse, Lake) else nullcontext():
        yield


@contextmanager
def running(warehouse: Warehouse, run_id: str) -> Iterator[None]:
    """Show other machines that a run is alive while the block runs."""
    with (
        lake.held(warehouse, f"run {run_id}", patience_seconds=_PAUSE_SECONDS)
        if isinstance(warehouse, Lake)
        else nullcontext()
    ):
        yield


def is_running(warehouse: Warehouse, run_id: str) -> bool:
    """Whether a run of another machine is alive. On one machine there is none beside the one that asks."""
    return isinstance(warehouse, Lake) and lake.is_held(warehouse, f"run {run_id}")


@contextmanager
def exclusive(path: Path, purpose: str, *, patience_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path` while the block runs; waits for another holder to finish, if told to.

    Raises:
        WarehouseBusy: another process holds it; the message says which and what for.
        WarehouseError: the lock file cannot be written.
    """
    with _unwritable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(handle, path, time.monotonic() + patience_seconds)
        with _unwritable(path):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{purpose} (process {os.getpid()})".encode(), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def _unwritable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WarehouseError(
            f"{path} cannot be written: {error.strerror}. Make the folder writable, or make room."
        ) from error


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
