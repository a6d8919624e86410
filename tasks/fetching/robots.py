"""What a host's robots.txt allows this client, and how much time it wants between requests (RFC 9309).

Pure: it neither fetches nor remembers. protego finds the group and the longest rule that match, with wildcards; the
standard library's parser takes the first rule that matches, and knows no wildcards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from protego import Protego

from tasks.fetching import targets
from tasks.fetching.failures import Failure
from warehouse.model import Fetched, NotModified, Outcome

PRODUCT = "usven"
"""The name that groups of rules call this client by."""
LARGEST = 512_000
"""Bytes that are read, as RFC 9309 asks for at least (section 2.5); what follows is left out."""
LONGEST_DELAY = 86_400.0
"""Seconds; a crawl-delay counts up to here."""

Standing = Literal["rules", "open", "closed"]
"""`rules`: they are in the body; `open`: there are none; `closed`: nobody knows, so no page is asked for now."""

_AGENT = re.compile(r"^[ \t]*user[- ]?agent[ \t]*:?[ \t]*(?P<name>.*?)[ \t]*(?:#.*)?$", re.IGNORECASE | re.MULTILINE)
_OURS = re.compile(rf"{PRODUCT}(?![\w-])", re.IGNORECASE)
_NO_RULES = frozenset({"redirect_limit", "redirect_loop", "empty"})


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one host for this client; without a parser everything is allowed."""

    parser: Protego | None = None

    def allows(self, url: str) -> bool:
        """Whether an address of the host may be asked for."""
        return self.parser is None or self.parser.can_fetch(url, PRODUCT)

    @property
    def crawl_delay_seconds(self) -> float:
        """Least time between the starts of two requests, 0 where none is asked for."""
        delay = self.parser.crawl_delay(PRODUCT) if self.parser else None
        return min(delay or 0.0, LONGEST_DELAY)


OPEN = Robots()


def address(url: str) -> str:
    """Where the rules for an address are; "" for one that cannot be asked at all."""
    try:
        target = targets.parse(url)
    except Failure:
        return ""
    return f"{target.scheme}://{target.authority}/robots.txt"


def standing(outcome: Outcome) -> Standing:
    """What the answer to the request for robots.txt means (RFC 9309, section 2.3.1).

    There are no rules where the server says so by a status from 400 to 499, or leads in circles. A server that fails,
    cannot be reached or has had too many requests (429) is not asked for pages either.
    """
    match outcome:
        case Fetched():
            return "rules"
        case NotModified():
            return "closed"
    status = outcome.answer.http_status or 0
    is_absent = 400 <= status < 500 and status != 429
    return "open" if is_absent or outcome.kind in _NO_RULES else "closed"


def read(body: bytes) -> Robots:
    """The rules in the body of a robots.txt; what is no rule is passed over."""
    lines = body[:LARGEST].decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
    # Whom else the rules are for is of no interest; thousands of names over thousands of rules would take minutes.
    return Robots(Protego.parse(_AGENT.sub(_ours_or_another, "\n".join(lines))))


def _ours_or_another(line: re.Match[str]) -> str:
    name = line["name"]
    return f"User-agent: {'*' if name == '*' else PRODUCT if _OURS.match(name) else 'another'}"
