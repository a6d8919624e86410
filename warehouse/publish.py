"""The published copy: what everyone but the loader opens.

A reader of the file that is being written would fail, and would keep the writer out. So each load ends with a
copy under a new name, and a link swapped onto it: a reader sees one whole state for as long as it likes.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import BinaryIO

from warehouse import database
from warehouse.errors import WarehouseError

# A reader may have resolved the link just before it was swapped: the copy it found must still be there.
KEPT = 2
COPIED_BYTES = 16_000_000


def publish(warehouse: Path, published: Path) -> Path:
    """Copy a closed, checkpointed warehouse and lead the link `published` to the copy; the copy's path.

    Writers and other publishers wait meanwhile.

    Raises:
        WarehouseBusy: another process keeps the warehouse open.
        WarehouseError: the folder does not take the copy.
    """
    with database.held(warehouse) as source:
        return _publish(source, published)


def _publish(source: BinaryIO, published: Path) -> Path:
    copies = _copies(published)
    target = published.with_name(f"{published.stem}.{_next_number(copies):08}{published.suffix}")
    partial = target.with_name(target.name + ".part")
    try:
        with partial.open("wb") as copy:
            shutil.copyfileobj(source, copy, COPIED_BYTES)
        partial.chmod(0o444)
        partial.replace(target)
        link = published.with_name(published.name + ".link")
        link.unlink(missing_ok=True)
        link.symlink_to(target.name)
        os.replace(link, published)  # noqa: PTH105 - Path.replace follows no link either, but os.replace says so
        for old in [*copies[: max(0, len(copies) + 1 - KEPT)], *published.parent.glob(f"{published.stem}.*.part")]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise WarehouseError(f"The published copy {target} cannot be written: {error.strerror}.") from error
    return target


def _copies(published: Path) -> list[Path]:
    return sorted(published.parent.glob(f"{published.stem}.[0-9]*{published.suffix}"))


def _next_number(copies: list[Path]) -> int:
    return int(copies[-1].name.removesuffix(copies[-1].suffix).rpartition(".")[2]) + 1 if copies else 1
