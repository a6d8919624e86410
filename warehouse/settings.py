"""Settings, read once at the edge: defaults, then `usven.toml`, then `USVEN_*` variables, then the command line.

The standard library does this: pydantic-settings costs half a second of start-up, and says nothing of an
unknown name, which here is an error that suggests the nearest known one.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from warehouse import location
from warehouse.errors import SettingsError
from warehouse.location import Lake, Warehouse

PREFIX = "USVEN_"
FILE_NAME = "usven.toml"
Articles = Literal["relevant", "all"]
_CHOSEN = {"group", "search"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting and its default; the name in the environment is the upper-case field after `USVEN_`."""

    data: Path = Path("data")
    """Folder of the warehouse, the raw archive, reports and the Prefect server's database."""
    warehouse: str = ""
    """The DuckDB file, `usven.duckdb` in the data folder when empty; or `ducklake:postgres:dbname=… host=…`."""
    lake: str = ""
    """Folder or URL of a lake's Parquet files, which all machines reach; `lake` in the data folder when empty."""
    archive: str = ""
    """Raw archive: a folder or an fsspec URL; `archive` in the data folder when empty."""
    contact: str = ""
    """Address of the person who runs this copy, sent to publishers in the User-Agent."""
    allow_addresses: tuple[str, ...] = ()
    """Addresses or networks beyond the public internet that may be fetched, each with an optional port."""
    group: Articles = "relevant"
    """Which articles are grouped into copies and stories."""
    search: Articles = "relevant"
    """Which articles `usven search` finds; `all` holds for those that are loaded from then on."""
    max_body_bytes: int = 20_000_000
    """Largest body of a feed, as received and as decompressed."""
    feed_timeout_seconds: float = 60.0
    """Longest time for one feed, redirects and body included."""
    concurrency: int = 32
    """Requests under way at once."""
    per_host: int = 2
    """Requests under way at once to one host."""
    host_delay_seconds: float = 1.0
    """Least time between the starts of two requests to one host."""
    max_redirects: int = 5
    """Redirects followed for one feed."""
    max_entries: int = 2_000
    """Entries taken from one document; the rest is left out and recorded."""
    full_text: bool = True
    """Whether the full text of relevant articles is fetched from their pages."""
    full_text_days: int = 3
    """Articles first seen within so many days have their pages asked for."""
    full_text_pages: int = 60
    """Most pages asked for in one run."""
    archive_days: int = 365
    """Days that raw documents are kept which no current wording needs."""
    archive_max_bytes: int = 0
    """Most bytes that raw documents take; beyond, the oldest go which no current wording needs. 0 sets no bound."""
    backup: str = ""
    """Folder of the daily backups, the raw archive included; `backups` in the data folder, without it, when empty."""
    backups_kept: int = 3
    """Daily backups that are kept; 0 makes none."""
    report: str = ""
    """Folder that the report and the outgoing feeds are written to; `report` in the data folder when empty."""
    site_url: str = ""
    """Address under which the report's folder is served; feeds and their list then carry whole addresses."""

    alerts: str = ""
    """File of alert rules and channels; when empty `alerts.toml` in the data folder, or else the bundled rules."""

    @property
    def warehouse_path(self) -> Warehouse:
        """The file that is written, or the lake."""
        if self.warehouse.startswith(location.SCHEME):
            return location.of(self.warehouse, self.lake or str(self.data.resolve() / "lake"))
        return Path(self.warehouse).expanduser() if self.warehouse else self.data / "usven.duckdb"

    @property
    def published_path(self) -> Warehouse:
        """What readers open: a link to the newest published copy of the file, or the lake itself."""
        path = self.warehouse_path
        return path if isinstance(path, Lake) else path.with_name(f"{path.stem}-read{path.suffix}")

    def sibling(self, purpose: str) -> Path:
        """A warehouse file for a purpose of its own, beside the warehouse's; in the data folder for a lake."""
        path = self.warehouse_path
        return (
            self.data / f"usven-{purpose}.duckdb"
            if isinstance(path, Lake)
            else path.with_stem(f"{path.stem}-{purpose}")
        )

    @property
    def archive_url(self) -> str:
        return self.archive or str(self.data / "archive")

    @property
    def memories_dir(self) -> Path:
        """What each feed's last document gave; may be removed at any time."""
        return self.data / "memories"

    @property
    def encoder_dir(self) -> Path:
        """The language model as processes open it at once; may be removed at any time."""
        return self.data / "encoder"

    @property
    def backup_dir(self) -> Path:
        return Path(self.backup).expanduser() if self.backup else self.data / "backups"

    @property
    def alerts_path(self) -> Path:
        return Path(self.alerts).expanduser() if self.alerts else self.data / "alerts.toml"

    @property
    def report_dir(self) -> Path:
        return Path(self.report).expanduser() if self.report else self.data / "report"

    @property
    def queries_dir(self) -> Path:
        """Saved queries, each of which makes an outgoing feed."""
        return self.data / "queries"


_FIELDS = {f.name: f for f in fields(Settings)}
_POSITIVE = {"max_body_bytes", "feed_timeout_seconds", "concurrency", "per_host", "max_entries", "archive_days"}
_POSITIVE |= {"full_text_days", "full_text_pages"}
_SWITCH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def load(environ: Mapping[str, str] | None = None, *, directory: Path | None = None, **overrides: Any) -> Settings:
    """Settings from `usven.toml` in `directory` (default: here), the environment and `overrides` that are not None.

    Raises:
        SettingsError: a name is unknown, or a value is not of its setting's kind.
    """
    environ = os.environ if environ is None else environ
    given = _from_file((directory or Path()) / FILE_NAME)
    given |= {
        key.removeprefix(PREFIX).lower(): (value, key) for key, value in environ.items() if key.startswith(PREFIX)
    }
    given |= {key: (value, f"--{key}") for key, value in overrides.items() if value is not None}
    return Settings(**{name: _read(name, value, origin) for name, (value, origin) in given.items()})


def _from_file(path: Path) -> dict[str, tuple[Any, str]]:
    if not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Mend the file or remove it.") from error
    return {name: (value, f"{name} in {path}") for name, value in values.items()}


def _read(name: str, value: Any, origin: str) -> Any:
    if name not in _FIELDS:
        near = difflib.get_close_matches(name, _FIELDS, n=1, cutoff=0.5)
        hint = f" Did you mean {PREFIX}{near[0].upper()}?" if near else f" Known: {', '.join(sorted(_FIELDS))}."
        raise SettingsError(f"{origin}: there is no such setting.{hint}")
    try:
        read = _coerce(_FIELDS[name].default, value)
    except (TypeError, ValueError, KeyError, OverflowError, RuntimeError) as error:
        raise SettingsError(f"{origin}: {value!r} is not {_kind(name)}.") from error
    if name in _CHOSEN and read not in get_args(Articles):
        raise SettingsError(f"{origin}: {value!r} is not {_kind(name)}.")
    if name == "site_url" and read and not read.startswith(("http://", "https://")):
        raise SettingsError(f"{origin}: {read!r} is not an address that begins with http:// or https://.")
    if (name in _POSITIVE and read <= 0) or (isinstance(read, int | float) and not 0 <= read < float("inf")):
        raise SettingsError(
            f"{origin}: {value!r} is out of range; it must be {'above' if name in _POSITIVE else 'at least'} 0."
        )
    return read


def _coerce(default: Any, value: Any) -> Any:
    match default:
        case tuple():
            return tuple(map(_text, value.replace(",", " ").split() if isinstance(value, str) else value))
        case Path() if value != "":
            return Path(value).expanduser()
        case str():
            return _text(value)
        case bool():
            return _SWITCH[str(value).lower()]
        case int() | float() if isinstance(value, str) or (type(value) is not bool and type(default)(value) == value):
            return type(default)(value)
        case _:
            raise ValueError(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _kind(name: str) -> str:
    match _FIELDS[name].default:
        case bool():
            return "on or off"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case tuple():
            return "a list of addresses"
        case Path():
            return "a folder"
        case _ if name in _CHOSEN:
            return " or ".join(map(repr, get_args(Articles)))
        case _:
            return "text"
