"""feedparser, held to limits: its own two parsers do the reading, the subclasses here stop what would not end.

`feedparser.parse` has no limits, and takes 20 s for 50,000 attributes of one element. So its parser classes are run
as it runs them (the strict one, and after an error of syntax the loose one from the start), on text that is already
decoded and free of declarations. They get no base address: with one, feedparser would rewrite each guid that is no URL.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any
from xml.sax import SAXException
from xml.sax.expatreader import create_parser
from xml.sax.handler import feature_external_ges, feature_namespaces

from feedparser.api import LooseFeedParser, StrictFeedParser, _FeedParserMixin

MAX_ELEMENTS = 500_000
MAX_ATTRIBUTES = 256
MAX_DEPTH = 512
MAX_NAMESPACES = 256
MAX_BASE_CHARACTERS = 4_096
MAX_TAGS = 50
MAX_PIECES = 5_000
SECONDS = 20.0
"""Longest time for one reading: the last resort, since what it stops depends on the machine."""

# All that feedparser maps lies here.
_CONTROLS = re.compile("[\x80-\x9f]")


class TooCostly(Exception):
    """The document goes beyond a limit; the message says which."""


class _Enough(Exception):
    """As many entries as wanted have been read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What feedparser found, in its own terms. `is_cut` says that there are more entries than were wanted."""

    version: str
    feed: dict[str, Any]
    entries: list[dict[str, Any]]
    skip_hours: list[str]
    skip_days: list[str]
    is_cut: bool


_Handler = Callable[..., Any]


def _forgiving(handler: _Handler) -> _Handler:
    """A handler of an element whose failure is one that feedparser knows: it goes on as if it had no handler."""

    @wraps(handler)
    def handle(*arguments: Any) -> Any:
        try:
            return handler(*arguments)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise AttributeError(handler.__name__) from error

    return handle


class _Forgiving(_FeedParserMixin):  # type: ignore[misc]
    """feedparser whose handlers of single elements, which stumble over odd nesting, cannot end the whole reading."""


for _name in dir(_FeedParserMixin):
    if _name.startswith(("_start_", "_end_")):
        setattr(_Forgiving, _name, _forgiving(getattr(_FeedParserMixin, _name)))


class _Parameters(dict[str, Any]):
    """What holds of an element's content. feedparser copies it deeply for every one, a tenth of its time."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Parameters:
        return _Parameters(self)


class _Content(str):
    """What stands in an element, before feedparser maps signs of Windows-1252, sign by sign, which few texts have."""

    __slots__ = ()

    def translate(self, table: Any, /) -> str:
        return super().translate(table) if _CONTROLS.search(self) else str(self)


class _Bounded(_Forgiving):
    """The limits, and RSS skipHours and skipDays, of which feedparser keeps only the last hour and day."""

    resolve_relative_uris = False
    sanitize_html = False
    max_entries = 0
    deadline = 0.0
    element_count = 0
    is_cut = False
    contentparams: dict[str, Any]

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        self.element_count += 1
        self._check()
        super().unknown_starttag(tag, attrs)

    def _check(self) -> None:
        if self.depth > MAX_DEPTH:
            raise TooCostly(f"its elements are nested more than {MAX_DEPTH} deep")
        if self.element_count > MAX_ELEMENTS:
            raise TooCostly(f"it has more than {MAX_ELEMENTS:,} elements")
        if len(self.baseuri) > MAX_BASE_CHARACTERS:
            raise TooCostly(f"its base address has more than {MAX_BASE_CHARACTERS:,} characters")
        if time.monotonic() > self.deadline:
            raise TooCostly(f"reading it takes longer than {SECONDS:.0f} s")

    def track_namespace(self, prefix: str | None, uri: str) -> None:
        if len(self.namespaces_in_use) > MAX_NAMESPACES:
            raise TooCostly(f"it declares more than {MAX_NAMESPACES} namespaces")
        super().track_namespace(prefix, uri)

    def _start_item(self, attrs_d: dict[str, str]) -> None:
        if len(self.entries) >= self.max_entries:
            self.is_cut = True
            raise _Enough
        super()._start_item(attrs_d)

    _start_entry = _start_item

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        # feedparser compares each tag with all before it.
        if len(self._get_context().setdefault("tags", [])) < MAX_TAGS:
            super()._add_tag(term, scheme, label)

    def _sync_author_detail(self, key: str = "author") -> None:
        # feedparser's search for an e-mail address is quadratic and cuts long domains; the text is kept as it is.
        people = self._get_context().get(f"{key}s")
        if people and not people[-1]:
            people[-1]["name"] = self._get_context().get(key) or ""

    def pop(self, element: str, strip_whitespace: int = 1) -> Any:
        # feedparser removes blank pieces one by one from the front of the list.
        if self.elementstack and len(self.elementstack[-1][2]) > MAX_PIECES:
            pieces = self.elementstack[-1][2]
            pieces[:] = ["".join(p.decode("utf-8", "replace") if isinstance(p, bytes) else p for p in pieces)]
        return super().pop(element, strip_whitespace)

    def decode_entities(self, element: str, data: str) -> str:
        return _Content(super().decode_entities(element, data))

    def push_content(self, tag: str, attrs_d: dict[str, str], default_content_type: str, expecting_text: int) -> None:
        super().push_content(tag, attrs_d, default_content_type, expecting_text)
        self.contentparams = _Parameters(self.contentparams)

    def resolve_uri(self, uri: str) -> Any:
        # Without a base feedparser does no more than take slashes away after a scheme, for which it tries every sign.
        return super().resolve_uri(uri) if self.baseuri or ":///" in uri else uri

    def _start_hour(self, _attrs_d: dict[str, str]) -> None:
        self.push("hour", 1)

    def _end_hour(self) -> None:
        self.feeddata.setdefault("skip_hours", []).append(self.pop("hour") or "")

    def _start_day(self, _attrs_d: dict[str, str]) -> None:
        self.push("day", 1)

    def _end_day(self) -> None:
        self.feeddata.setdefault("skip_days", []).append(self.pop("day") or "")


class _Strict(_Bounded, StrictFeedParser):  # type: ignore[misc]
    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: Any) -> None:  # noqa: N802
        # Attributes are looked up one by one, each from the first.
        if len(attrs) > MAX_ATTRIBUTES:
            raise TooCostly(f"an element has more than {MAX_ATTRIBUTES} attributes")
        super().startElementNS(name, qname, attrs)


class _Loose(_Bounded, LooseFeedParser):  # type: ignore[misc]
    pass


def read_strictly(xml: str, *, max_entries: int) -> Reading:
    """What feedparser makes of well-formed XML, its own declarations at most before it.

    Raises:
        SAXException: the XML is not well-formed, or more than feedparser can take.
        TooCostly: the document goes beyond a limit.
    """
    parser = _bound(_Strict("", None, "utf-8"), max_entries)
    try:
        _run(parser, xml)
    except _Enough:
        pass
    except (LookupError, TypeError, ValueError) as error:
        raise SAXException(f"feedparser fails: {error}") from error
    return _reading(parser)


def read_loosely(xml: str, *, entities: dict[str, str], max_entries: int) -> Reading:
    """What feedparser makes of anything that resembles XML; `entities` are known beside those of HTML.

    Raises:
        TooCostly: the document goes beyond a limit.
    """
    parser = _bound(_Loose("", None, "utf-8", entities), max_entries)
    # Where feedparser fails for good, what it had read by then is taken.
    with suppress(_Enough, LookupError, TypeError, ValueError):
        parser.feed(xml)
    return _reading(parser)


def _bound(parser: Any, max_entries: int) -> Any:
    parser.max_entries, parser.deadline = max_entries, time.monotonic() + SECONDS
    return parser


def _run(parser: Any, xml: str) -> None:
    sax = create_parser()  # noqa: S315 - the text has no declarations but ours
    sax.setFeature(feature_namespaces, True)
    sax.setFeature(feature_external_ges, False)
    sax.setContentHandler(parser)
    sax.setErrorHandler(parser)
    sax.feed(xml.encode("utf-8"))
    sax.close()


def _reading(parser: Any) -> Reading:
    return Reading(
        version=parser.version,
        feed=parser.feeddata,
        entries=parser.entries,
        skip_hours=parser.feeddata.get("skip_hours", []),
        skip_days=parser.feeddata.get("skip_days", []),
        is_cut=parser.is_cut,
    )
