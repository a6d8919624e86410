"""Numbers of things in words."""

from tasks.counting import counted


def test_one_thing_is_singular_and_all_else_plural() -> None:
    assert [counted(n, "feed") for n in (0, 1, 2)] == ["0 feeds", "1 feed", "2 feeds"]
    assert [counted(n, "entry", "entries") for n in (1, 30)] == ["1 entry", "30 entries"]
