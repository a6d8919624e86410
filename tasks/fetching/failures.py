"""Everything that can go wrong with one feed: the short codes, their grades, and the exception that carries one.

The exception never leaves the fetching step; `fetcher` turns it into a `Failed` value.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.model import Grade

GRADES: MappingProxyType[str, Grade] = MappingProxyType(
    {
        # The feed's own address
        "url": "hard",  # cannot be read as an address
        "scheme": "hard",  # is neither http nor https, here or behind a redirect
        "address": "hard",  # leads to a private, loopback or otherwise guarded address
        # Reaching the server
        "dns": "temporary",  # the name could not be looked up now
        "dns_unknown": "soft",  # the name does not exist
        "connect": "temporary",  # nothing listens, or no way leads there
        "tls": "soft",  # no secure connection could be agreed
        "certificate": "hard",  # the certificate is not valid for the name
        "timeout_connect": "temporary",  # time ran out looking up, connecting or agreeing on TLS
        # What it answers
        "timeout_answer": "temporary",  # time ran out before the headers were complete
        "no_answer": "temporary",  # the connection closed before an answer in HTTP
        "reset": "temporary",  # the connection broke
        "protocol": "soft",  # what came is not HTTP
        "headers_too_large": "soft",
        "redirect_loop": "soft",
        "redirect_limit": "soft",  # more redirects than `max_redirects`
        "redirect_target": "soft",  # a redirect with no or an unreadable target
        # The body
        "timeout_body": "temporary",  # time ran out while the body came
        "truncated": "temporary",  # the body ended before its announced end
        "body_too_large": "soft",  # beyond `max_body_bytes` as received
        "decoded_too_large": "soft",  # beyond `max_body_bytes` when decompressed
        "encoding": "soft",  # compressed in an unknown way, or damaged
        "empty": "soft",  # success without a body
        "partial": "soft",  # a part, where the whole was asked for
        # Ourselves
        "fault": "soft",  # a mistake in this program, which the log has in full
    }
)
"""Every code but those of HTTP statuses, which are `http_` and the number, such as `http_404`."""

_TEMPORARY_STATUSES = frozenset({408, 421, 425, 429})
_HARD_STATUSES = frozenset({410})


def grade_of(kind: str) -> Grade:
    """How serious a failure is: temporary ones pass by themselves, soft ones may, hard ones hardly ever do."""
    if kind.startswith("http_"):
        return grade_of_status(int(kind.removeprefix("http_")))
    return GRADES[kind]


def grade_of_status(status: int) -> Grade:
    """The grade of an HTTP status that is not a success."""
    if status in _HARD_STATUSES:
        return "hard"
    return "temporary" if status in _TEMPORARY_STATUSES or 500 <= status <= 599 else "soft"


class Failure(Exception):
    """A feed could not be fetched. `kind` is a code of `GRADES`, `reason` a sentence with the remedy."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
