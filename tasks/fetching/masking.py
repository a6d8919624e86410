"""Hides the secrets that a feed's address can carry, for every text that a person or a log may see."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

MASK = "***"
LONGEST_SHOWN = 300
"""Characters of an address that a message shows: a redirect can point to megabytes."""

_SECRET_NAME = re.compile(
    r"(?i)(^|[^a-z])(api|access|auth|session|private|secret|feed|user)?[-_.]?"
    r"(key|token|secret|pass|passwd|password|pwd|auth|authorization|signature|sig|hash|code|credentials?|jwt|sid|session)"
    r"([^a-z]|$)"
)
_SECRET_VALUE = re.compile(r"^(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_-]{32,}$|^[0-9a-fA-F-]{32,}$")


def mask(url: str) -> str:
    """The address without its user information, and without values that are secrets by their name or their look.

    Fragments go too. Text that is no address at all is masked as far as it can be told apart.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return _shortened(re.sub(r"//[^/]*@", f"//{MASK}@", url))
    netloc = parts.netloc.rpartition("@")
    shown = f"{MASK}@{netloc[2]}" if netloc[1] else netloc[2]
    path = "/".join(MASK if _SECRET_VALUE.match(segment) else segment for segment in parts.path.split("/"))
    return _shortened(urlunsplit((parts.scheme, shown, path, _masked_query(parts.query), "")))


def _masked_query(query: str) -> str:
    return "&".join(_masked_pair(pair) for pair in query.split("&")) if query else ""


def _masked_pair(pair: str) -> str:
    name, separator, value = pair.partition("=")
    if not separator:
        return MASK if _SECRET_VALUE.match(name) else pair
    return f"{name}={MASK}" if value and (_SECRET_NAME.search(name) or _SECRET_VALUE.match(value)) else pair


def _shortened(text: str) -> str:
    printable = "".join(char if char.isprintable() else "?" for char in text)
    return printable if len(printable) <= LONGEST_SHOWN else f"{printable[:LONGEST_SHOWN]}…"
