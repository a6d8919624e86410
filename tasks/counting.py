"""Numbers of things in words."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """A number of things: `1 feed`, `2 feeds`; `many` is the plural where it has no plain s."""
    return f"{count} {one if count == 1 else many or one + 's'}"
