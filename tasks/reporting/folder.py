"""The folder that a site is written into: whole files only, unchanged ones left alone, stale ones removed."""

from __future__ import annotations

import json
import os
from pathlib import Path

from warehouse.errors import SettingsError

_LEDGER = ".site.json"


class Folder:
    """A folder of our files and, in a ledger beside them, what each was made from.

    Only files named in the ledger are ever removed: what somebody else put there stays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._earlier = _read_ledger(path / _LEDGER)
        self._current: dict[str, str] = {}
        self.written_count = 0
        self.removed_count = 0

    def has(self, name: str, state: str) -> bool:
        """Whether a file is there that was made from the same state; it then belongs to the site as it is."""
        if self._earlier.get(name) != state or not (self._path / name).is_file():
            return False
        self._current[name] = state
        return True

    def put(self, name: str, content: str, *, state: str = "") -> None:
        """Write a file in one piece, unless it holds just that already.

        Raises:
            SettingsError: the folder does not take files.
        """
        self._current[name] = state
        path, encoded = self._path / name, content.encode()
        if path.is_file() and path.read_bytes() == encoded:
            return
        self._replace(path, encoded)
        self.written_count += 1

    def read(self, name: str) -> str:
        """A file of an earlier site.

        Raises:
            FileNotFoundError: there is none.
        """
        return (self._path / name).read_text("utf-8")

    def keep(self, name: str) -> None:
        """Leave a file as it is, if the site has it."""
        if name in self._earlier:
            self._current[name] = self._earlier[name]

    def finish(self) -> None:
        """Remove the files of an earlier site that this one has not, and write down what there is now."""
        for name in self._earlier.keys() - self._current.keys():
            path = self._path / name
            if path.resolve().is_relative_to(self._path.resolve()) and path.is_file():
                path.unlink()
                self.removed_count += 1
        self._replace(self._path / _LEDGER, json.dumps(self._current, indent=0, sort_keys=True).encode())

    def _replace(self, path: Path, content: bytes) -> None:
        partial = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(content)
            partial.replace(path)
        except OSError as error:
            raise SettingsError(
                f"{path} cannot be written: {error.strerror}. Choose another folder with --out."
            ) from error


def _read_ledger(path: Path) -> dict[str, str]:
    """The ledger; an absent or damaged one costs no more than writing every page anew."""
    try:
        known = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(name): str(state) for name, state in known.items()} if isinstance(known, dict) else {}
