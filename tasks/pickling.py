"""Values of the model as bytes for another process of ours."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import cache
from operator import attrgetter
from typing import Any


def pickled(value: object) -> bytes:
    """What `pickle.loads` makes an equal value of."""
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


class _Pickler(pickle.Pickler):
    """Takes a frozen dataclass with slots as a call: as itself it goes field by field in Python, eight times slower."""

    def reducer_override(self, value: Any) -> Any:
        fields = _fields(value.__class__)
        return (type(value), fields(value)) if fields else NotImplemented


@cache
def _fields(of: Any, /) -> Callable[[Any], Any] | None:
    names = of.__dict__.get("__slots__") if is_dataclass(of) else None
    return attrgetter(*names) if names and len(names) > 1 else None
