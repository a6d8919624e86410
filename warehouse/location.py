"""Where a warehouse is: a DuckDB file on this machine, or a lake that many machines share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import SettingsError

SCHEME = "ducklake:"
PREFIX = f"{SCHEME}postgres:"
_SECRET = re.compile(r"(password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|\S+)|(?<=:)([^:/@]+)(?=@)")


@dataclass(frozen=True, slots=True)
class Lake:
    """Where a lake is: a libpq connection string or URL of its catalog, and the folder or URL of its Parquet files."""

    catalog: str
    data: str

    def __str__(self) -> str:
        return PREFIX + _SECRET.sub(lambda found: f"{found[1] or ''}***", self.catalog)


def of(setting: str, data: str) -> Lake:
    """The lake that `USVEN_WAREHOUSE` names.

    Raises:
        SettingsError: it names a lake with another kind of catalog.
    """
    if not setting.startswith(PREFIX):
        raise SettingsError(
            f"USVEN_WAREHOUSE: only a PostgreSQL catalog serves several machines. Write {PREFIX}dbname=… host=…"
        )
    return Lake(setting.removeprefix(PREFIX).strip(), data)


Warehouse = Path | Lake
