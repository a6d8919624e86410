"""The lock on the data folder: one pass at a time, and none left behind by the dead."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.warehouse.conftest import Beside
from warehouse import lock
from warehouse.errors import WarehouseBusy, WarehouseError

HOLDER = """
    import sys
    from pathlib import Path
    from warehouse import lock
    with lock.exclusive(Path(sys.argv[1]), "a pass of monitor"):
        print("ready", flush=True)
        sys.stdin.readline()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "usven.lock"


def test_a_second_pass_is_refused_with_the_name_of_the_first(file: Path, beside: Beside) -> None:
    other = beside(HOLDER, file)
    with (
        pytest.raises(WarehouseBusy, match=rf"in use by a pass of monitor \(process {other.pid}\)\. Try again"),
        lock.exclusive(file, "a pass of import"),
    ):
        pass


def test_a_second_pass_in_the_same_program_is_refused_too(file: Path) -> None:
    with (
        lock.exclusive(file, "a pass of monitor with a long name"),
        pytest.raises(WarehouseBusy, match="in use by a pass of monitor with a long name"),
        lock.exclusive(file, "another"),
    ):
        pass


def test_a_lock_is_given_back_when_its_holder_is_killed(file: Path, beside: Beside) -> None:
    other = beside(HOLDER, file)
    other.kill()
    other.wait()
    with lock.exclusive(file, "a pass of import"):
        assert file.read_text().startswith("a pass of import (process ")


def test_a_lock_is_given_back_when_its_pass_fails(file: Path) -> None:
    with pytest.raises(ValueError, match="x"), lock.exclusive(file, "one"):
        raise ValueError("x")
    with lock.exclusive(file, "two"):
        pass


def test_a_lock_of_another_folder_is_no_hindrance(tmp_path: Path) -> None:
    with lock.exclusive(tmp_path / "one" / "usven.lock", "one"), lock.exclusive(tmp_path / "two" / "usven.lock", "two"):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with (
        pytest.raises(WarehouseError, match=r"file/data/usven\.lock cannot be written"),
        lock.exclusive(tmp_path / "file" / "data" / "usven.lock", "one"),
    ):
        pass


def test_a_patient_one_gets_the_lock_when_its_holder_has_finished(tmp_path: Path) -> None:
    path = tmp_path / "usven.lock"
    taken = threading.Event()

    def hold() -> None:
        with lock.exclusive(path, "a pass"):
            taken.set()
            time.sleep(0.2)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait()
    with lock.exclusive(path, "another pass", patience_seconds=30):
        pass
    holder.join()
