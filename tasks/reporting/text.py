"""What may reach a reader: text without control characters, and links that lead to the web alone."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# Everything that XML 1.0 does not allow (https://www.w3.org/TR/xml/#charsets), and the marks that turn the direction
# of what follows: a headline could otherwise make the words beside it read backwards.
_UNPRINTABLE = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u007f-\u009f\u202a-\u202e\u2066-\u2069]"
)
_BREAK = re.compile(r"[\s,.;:–—-]+\S*$")


def printable(text: str) -> str:
    """Text without characters that XML forbids or that reorder their surroundings."""
    return _UNPRINTABLE.sub("", text)


def web_url(url: str | None) -> str | None:
    """The address where it is an http or https one that a browser would follow as such; else None."""
    if not url or _UNPRINTABLE.search(url) or any(character.isspace() for character in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme.lower() in ("http", "https") and parts.hostname else None


def clip(text: str, limit: int) -> str:
    """Text of at most `limit` characters, cut between words, with an ellipsis where something is left out."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (_BREAK.sub("", cut) or cut) + "…"
