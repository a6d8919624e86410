"""The published copy: whole or absent, and nobody waits for a reader."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.bench import readers as readers_drill
from tests.warehouse import made
from tests.warehouse.conftest import Beside
from warehouse import copying, database, migrate, publish, rows
from warehouse.errors import WarehouseError
from warehouse.store import Store


@pytest.fixture
def link(path: Path) -> Path:
    return path.with_name("usven-read.duckdb")


def _write(path: Path, batch_id: str) -> None:
    with database.writing(path) as connection:
        connection.execute("INSERT INTO raw.batches (batch_id) VALUES (?)", [batch_id])


def _copies(link: Path) -> list[str]:
    return sorted(entry.name for entry in link.parent.glob("usven-read.0*"))


def test_a_published_copy_holds_what_was_written_before(path: Path, link: Path) -> None:
    _write(path, "b")
    publish.publish(path, link)
    with database.reading(link) as connection:
        assert connection.execute("SELECT batch_id FROM raw.batches").fetchall() == [("b",)]


def test_readers_with_an_old_copy_keep_reading_it_while_new_ones_come(path: Path, link: Path) -> None:
    publish.publish(path, link)
    with database.reading(link) as old:
        for number in range(4):
            _write(path, f"b{number}")
            publish.publish(path, link)
        assert old.execute("SELECT count(*) FROM raw.batches").fetchone() == (0,)
        with database.reading(link) as new:
            assert new.execute("SELECT count(*) FROM raw.batches").fetchone() == (4,)


def test_the_link_always_leads_to_a_whole_copy(path: Path, link: Path) -> None:
    publish.publish(path, link)
    is_done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while not is_done.is_set():
            with database.reading(link) as connection:
                seen.append(len(connection.execute("FROM raw.migrations").fetchall()))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        publish.publish(path, link)
    is_done.set()
    reader.join()
    assert set(seen) == {len(migrate.migrations()) + 1}


def test_the_link_is_never_absent(path: Path, link: Path) -> None:
    publish.publish(path, link)
    is_done = threading.Event()
    seen: set[bool] = set()

    def look() -> None:
        while not is_done.is_set():
            seen.add(link.is_symlink())

    looker = threading.Thread(target=look)
    looker.start()
    for _ in range(50):
        publish.publish(path, link)
    is_done.set()
    looker.join()
    assert seen == {True}


def test_the_link_is_relative_so_that_the_folder_can_be_moved(path: Path, link: Path, tmp_path: Path) -> None:
    publish.publish(path, link)
    assert link.readlink() == Path("usven-read.00000001.duckdb")


def test_only_the_newest_copies_are_kept(path: Path, link: Path) -> None:
    for _ in range(4):
        publish.publish(path, link)
    assert _copies(link) == ["usven-read.00000003.duckdb", "usven-read.00000004.duckdb"]


def test_a_copy_is_not_for_writing(path: Path, link: Path) -> None:
    assert publish.publish(path, link).stat().st_mode & 0o222 == 0


def test_what_a_crash_left_is_removed(path: Path, link: Path) -> None:
    link.with_name("usven-read.00000007.duckdb.part").write_bytes(b"half")
    link.with_name("usven-read.duckdb.link").symlink_to("nowhere")
    publish.publish(path, link)
    assert sorted(entry.name for entry in link.parent.iterdir()) == [
        "usven-read.00000001.duckdb",
        "usven-read.duckdb",
        "usven.duckdb",
        "usven.duckdb.changes",
    ]


def test_a_number_is_never_used_again_whatever_copies_are_missing(path: Path, link: Path) -> None:
    for number in (3, 9):
        link.with_name(f"usven-read.{number:08}.duckdb").write_bytes(b"")
    publish.publish(path, link)
    assert link.readlink().name == "usven-read.00000010.duckdb"


def test_another_warehouse_in_the_folder_is_let_be(path: Path, link: Path) -> None:
    other = link.with_name("press-read.00000001.duckdb")
    other.write_bytes(b"")
    for _ in range(3):
        publish.publish(path, link)
    assert other.exists()


def test_a_folder_that_takes_no_copy_is_an_error_in_words(path: Path, link: Path) -> None:
    link.with_name("usven-read.00000001.duckdb.part").mkdir()
    with pytest.raises(WarehouseError, match=r"published copy .*usven-read\.00000001\.duckdb cannot be written"):
        publish.publish(path, link)


def test_a_copy_that_nobody_reads_any_more_is_taken_up_again_and_equal(path: Path, link: Path) -> None:
    first = publish.publish(path, link).stat().st_ino
    publish.publish(path, link)
    _write(path, "b" * 1_000_000)
    third = publish.publish(path, link)
    assert third.read_bytes() == path.read_bytes()
    if third.stat().st_ino != first:
        pytest.skip(f"{path.parent} clones files, or has no leases: every copy is a new file")
    assert third.stat().st_mode & 0o222 == 0


def test_a_copy_that_is_taken_up_shrinks_with_the_warehouse(path: Path, link: Path) -> None:
    with link.with_name("usven-read.00000001.duckdb").open("wb") as longer:
        longer.write(b"x" * (path.stat().st_size + 1_000_000))
    publish.publish(path, link)
    publish.publish(path, link)
    assert link.read_bytes() == path.read_bytes()


def test_what_writers_noted_is_all_that_is_copied(path: Path, link: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        publish.publish(path, link)

    def compared(*_: object) -> int:
        raise AssertionError("both files were read whole")

    monkeypatch.setattr(copying, "update", compared)
    for number in range(4):
        _write(path, f"b{number}" * 100_000)
        publish.publish(path, link)
        with database.reading(link) as connection:
            assert connection.execute("SELECT count(*) FROM raw.batches").fetchone() == (number + 1,)


def _write_and_fail(path: Path, batch_id: str) -> None:
    with pytest.raises(KeyError), database.writing(path) as connection:
        connection.execute("INSERT INTO raw.batches (batch_id) VALUES (?)", [batch_id])
        raise KeyError


def _write_with_another_program(path: Path, batch_id: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO raw.batches (batch_id) VALUES (?)", [batch_id])


def _write_and_forget(path: Path, batch_id: str) -> None:
    _write(path, batch_id)
    path.with_name("usven.duckdb.changes").write_text("{")


def _put_another_in_its_place(path: Path, batch_id: str) -> None:
    before = path.stat()
    shutil.copyfile(path, path.with_name("other"))
    _write(path.with_name("other"), batch_id)
    path.with_name("other").replace(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    "unnoted", [_write_and_fail, _write_with_another_program, _write_and_forget, _put_another_in_its_place]
)
def test_a_copy_is_equal_whoever_wrote_without_a_note(
    path: Path, link: Path, unnoted: Callable[[Path, str], None]
) -> None:
    for number, write in enumerate((_write, _write, _write, unnoted, _write, _write, unnoted, unnoted, _write)):
        write(path, f"{number}" * 300_000)
        publish.publish(path, link)
        with database.reading(link) as copy, database.writing(path) as connection:
            assert made.content(copy) == made.content(connection)


COPIER = """
    import sys
    with open(sys.argv[1], "rb") as file:
        first = file.read(5000)
        print("ready", flush=True)
        sys.stdin.readline()
        print(hash(first + file.read()) == hash(open(sys.argv[2], "rb").read()), flush=True)
"""


def test_a_program_that_copies_an_old_copy_gets_it_whole(path: Path, link: Path, beside: Beside) -> None:
    old = publish.publish(path, link)
    before = path.with_name("before")
    before.write_bytes(old.read_bytes())
    copier = beside(COPIER, old, before)
    for number in range(3):
        _write(path, f"b{number}")
        publish.publish(path, link)
    assert copier.communicate("go on\n")[0] == "True\n"


def test_a_second_name_of_a_copy_keeps_what_it_named(path: Path, link: Path) -> None:
    kept = path.with_name("kept.duckdb")
    kept.hardlink_to(publish.publish(path, link))
    before = kept.read_bytes()
    for number in range(3):
        _write(path, f"b{number}")
        publish.publish(path, link)
    assert kept.read_bytes() == before


def test_what_a_program_wrote_through_the_link_and_left_is_cleared_away(path: Path, link: Path) -> None:
    publish.publish(path, link)
    link.with_name("usven-read.duckdb.wal").write_bytes(b"left by a program that was killed")
    publish.publish(path, link)
    with duckdb.connect(str(link), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM raw.batches").fetchone() == (0,)


def test_a_copy_tells_all_until_something_is_written_but_the_run_of_an_idle_pass(path: Path, link: Path) -> None:
    assert not publish.is_current(path, link)
    for run_id, due_count in (("r1", 1), ("r2", 0)):
        with database.writing(path) as connection:
            Store(connection).finish_run(rows.Run(run_id, "monitor", made.T0, status="completed", due_count=due_count))
        if due_count:
            publish.publish(path, link)
        assert publish.is_current(path, link)


@pytest.mark.parametrize(
    "news",
    [
        "INSERT INTO raw.batches (batch_id) VALUES ('b')",
        "INSERT INTO raw.feeds (feed_id) VALUES ('uno')",
        "INSERT INTO core.outlets (outlet_id) VALUES ('uno')",
        "INSERT INTO raw.runs (run_id, flow, status, due_count) VALUES ('r', 'monitor', 'completed', 1)",
        "INSERT INTO raw.runs (run_id, flow, status, due_count) VALUES ('r', 'monitor', 'crashed', 0)",
        "INSERT INTO raw.runs (run_id, flow, status, due_count) VALUES ('r', 'replay', 'completed', 0)",
        "INSERT INTO raw.migrations VALUES (2, 'marts 1', '2100-01-01', '1')",
    ],
)
def test_a_copy_that_lacks_something_is_not_current(path: Path, link: Path, news: str) -> None:
    publish.publish(path, link)
    with database.writing(path) as connection:
        connection.execute(news)
    assert not publish.is_current(path, link)


WRITER = """
    import sys
    from pathlib import Path
    from warehouse import database
    with database.writing(Path(sys.argv[1])) as connection:
        print("ready", flush=True)
        sys.stdin.readline()
        connection.execute("INSERT INTO raw.batches (batch_id) VALUES ('theirs')")
"""


def test_a_copy_is_not_taken_while_another_program_writes(path: Path, link: Path, beside: Beside) -> None:
    other = beside(WRITER, path)
    publisher = threading.Thread(target=publish.publish, args=(path, link))
    publisher.start()
    assert other.stdin
    other.stdin.write("go on\n")
    other.stdin.flush()
    publisher.join()
    with database.reading(link) as connection:
        assert connection.execute("SELECT batch_id FROM raw.batches").fetchall() == [("theirs",)]


PUBLISHER = """
    import sys
    from pathlib import Path
    from warehouse import publish
    for _ in range(20):
        publish.publish(Path(sys.argv[1]), Path(sys.argv[2]))
    print("ready", flush=True)
"""


def test_two_programs_that_publish_do_not_meet(path: Path, link: Path, beside: Beside) -> None:
    mine = threading.Thread(target=lambda: [publish.publish(path, link) for _ in range(20)])
    mine.start()
    beside(PUBLISHER, path, link)
    mine.join()
    assert link.readlink().name == "usven-read.00000040.duckdb"


def test_a_writer_and_eight_readers_at_once_neither_fail_nor_see_half_a_batch(tmp_path: Path) -> None:
    writer, *readers = readers_drill.drill(tmp_path, seconds=1.5, pause_seconds=0.0)
    assert len(readers) == 8
    assert writer.failures == []
    assert writer.seconds
    for reader in readers:
        assert (reader.failures, reader.half_batches) == ([], 0)
