"""A file's content brought into another file, with as little written as the file system and what is there allow."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from collections.abc import Iterable
from typing import BinaryIO

# Where DuckDB's blocks begin and how long they are: what is compared and written is one of them.
HEADER_BYTES = 12_288
BLOCK_BYTES = 262_144
# Linux, <linux/fs.h>; Python names neither it nor, elsewhere, leases.
_FICLONE = 0x40049409
_PORTION_BYTES = 1 << 30


def clone(source: BinaryIO, target: BinaryIO) -> bool:
    """Let an empty file share the blocks of another until either is written to; whether the file system can (XFS,
    Btrfs and others do)."""
    try:
        fcntl.ioctl(target.fileno(), _FICLONE, source.fileno())
    except OSError:
        return False
    return True


def copy(source: BinaryIO, target: BinaryIO) -> None:
    """Copy a whole file into an empty one, inside the system where it can.

    Raises:
        OSError: a file cannot be read or written.
    """
    size = os.fstat(source.fileno()).st_size
    done = 0
    while done < size:
        try:
            done += os.copy_file_range(source.fileno(), target.fileno(), _PORTION_BYTES, done, done)
        except OSError as error:
            if error.errno not in {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}:
                raise
            done += os.pwrite(target.fileno(), os.pread(source.fileno(), BLOCK_BYTES, done), done)


def update(source: BinaryIO, target: BinaryIO) -> int:
    """Make an older copy equal to its source by writing the blocks that differ; how many bytes were written.

    Both are read whole: DuckDB's own checksums of blocks do not tell the order of what is in them.

    Raises:
        OSError: a file cannot be read or written.
    """
    new, old = bytearray(BLOCK_BYTES), bytearray(BLOCK_BYTES)
    at = written = 0
    length = HEADER_BYTES
    while got := os.preadv(source.fileno(), [memoryview(new)[:length]], at):
        if os.preadv(target.fileno(), [memoryview(old)[:got]], at) < got or new[:got] != old[:got]:
            written += os.pwrite(target.fileno(), memoryview(new)[:got], at)
        at += got
        length = BLOCK_BYTES
    os.ftruncate(target.fileno(), at)
    return written


def update_blocks(source: BinaryIO, target: BinaryIO, blocks: Iterable[int]) -> None:
    """Make an older copy equal to its source, where these blocks and the header are all that was written since.

    Raises:
        OSError: a file cannot be read or written.
    """
    for at, length in [(0, HEADER_BYTES), *((HEADER_BYTES + BLOCK_BYTES * n, BLOCK_BYTES) for n in sorted(blocks))]:
        os.pwrite(target.fileno(), os.pread(source.fileno(), length, at), at)
    os.ftruncate(target.fileno(), os.fstat(source.fileno()).st_size)


def claim(file: BinaryIO) -> bool:
    """Keep an open file from everyone else until it is closed; False where somebody has it open, or it has other names.

    The system grants a lease for writing to none but a file's only opener, so that readers of all kinds count, a
    program that copies the file included. One who comes to open it meanwhile, by a name it no longer has, waits.
    Where there are no leases, nobody can tell.
    """
    if os.fstat(file.fileno()).st_nlink != 1 or not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        # That somebody waits is told by a signal: by one that ends no program.
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError:
        return False
    return True
