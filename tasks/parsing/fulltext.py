"""A page's bytes to the text of its article, or the reason why it gives none: a wall, an opt-out, another page.

trafilatura tells the article from what is around it. It is imported when the first page is read, half a second.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from configparser import ConfigParser
from functools import cache
from importlib.metadata import version
from urllib.parse import urlsplit

from tasks.parsing import charset, plaintext, walls
from tasks.parsing.remarks import Remarks
from warehouse.model import NoText, Page, PageText

HEAD = 300_000
"""Characters of a page in which declarations are looked for."""
MOST_ELEMENTS = 60_000
"""A page with more elements is not read: the largest of real articles with comments have some ten thousand."""
LONGEST_TEXT = 100_000
"""Characters of text that are kept, a long reportage several times over."""
LEAST_TEXT = 250
"""Characters; below this a page gives no more than a teaser."""
MORE_THAN_SUMMARY = 1.3
"""A text has to be so many times as long as the summary that is there already."""
LITTLE_TEXT = 1_500
"""Below so many characters the signs of a wall are believed: behind one, the first paragraphs are often shown."""
SHARED_WORDS = 0.4
"""Share of the headline's words that the page must hold: publishers shorten and reword headlines for the page."""
PROSE_LINE = 90
"""Characters; lines of a list of headlines are shorter than this, paragraphs longer."""
LEAST_PROSE = 0.5
"""Share of an article's text that stands in paragraphs."""

_META = re.compile(r"<meta\b([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"([a-z:-]{1,40})\s*=\s*(?:\"([^\"]{0,1500})\"|'([^']{0,1500})'|([^\s\"'>]{1,500}))", re.IGNORECASE
)
_TITLE = re.compile(r"<title\b[^<>]{0,200}>([^<]{0,1000})", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?([a-z0-9._:-]{1,40})", re.IGNORECASE)
_NOT_FREE = re.compile(
    r"[\"']isAccessibleForFree[\"']\s*:\s*[\"']?(?:https?://schema\.org/)?(true|false)", re.IGNORECASE
)
_REFUSED = frozenset({"noarchive", "noindex", "none", "noai"})
_WORD = re.compile(r"[^\W\d_]{4,}|\d{3,}")


def opt_out(headers: Iterable[tuple[str, str]]) -> NoText | None:
    """Whether an answer's headers (names in lower case) keep robots from using the page."""
    given = tuple(headers)
    directives = (value for name, value in given if name == "x-robots-tag")
    return _refusal(directives, dict(given).get("tdm-reservation", ""), "server")


def read(body: bytes, *, url: str, content_type: str | None = None) -> Page:
    """The article of a page, or why it gives none.

    Opt-outs that count: the robots meta tag, and the text and data mining reservation (TDMRep, W3C Community Group,
    2024). A page that declares its article not free (schema.org isAccessibleForFree) is behind a wall even where it
    sends the text along.
    """
    if wall := walls.wall_at(url):
        return wall
    source = charset.decode(body, _declared(body, content_type), Remarks())
    if "<" not in source[:HEAD] or "\0" in source[:HEAD]:
        return NoText("no_text", "not_html", "The address leads to something else than a web page.")
    metas = _metas(source[:HEAD])
    refusal = _refusal((value for name, value in metas if name in ("robots", "usven")), _reservation(metas), "page")
    if refusal:
        return refusal
    free = _NOT_FREE.search(source)
    if free and free[1].lower() == "false":
        return walls.wall("paywall")
    return _extracted(source, url, _title(source[:HEAD], metas))


def judge(page: Page, *, asked_url: str, url: str, title: str, summary: str) -> Page:
    """The page of an article with this headline and summary, or why its text is not taken for the article's."""
    if isinstance(page, NoText):
        return page
    if _is_front(url) and not _is_front(asked_url):
        return NoText("no_text", "front_page", "The address leads to the publisher's front page.")
    least = max(LEAST_TEXT, MORE_THAN_SUMMARY * len(summary))
    if page.wall and len(page.text) < max(least, LITTLE_TEXT):
        return page.wall
    if len(page.text) < least:
        return NoText("no_text", "too_short", "The page holds hardly more than the summary.")
    if not _is_prose(page.text):
        return NoText("no_text", "listing", "The page is a list of articles.")
    if not _is_about(page, title):
        return NoText("no_text", "other_page", "The page holds another article: it lacks the words of the headline.")
    return page


# --- what the page declares --------------------------------------------------------------------


def _declared(body: bytes, content_type: str | None) -> str | None:
    """The Content-Type, or the page's own word for its charset."""
    own = _CHARSET.search(body, 0, 4_000)
    if "charset" in (content_type or "").lower() or own is None:
        return content_type
    return f"text/html; charset={own[1].decode('ascii')}"


def _metas(head: str) -> list[tuple[str, str]]:
    return [
        (attributes.get("name", attributes.get("property", "")).lower(), attributes.get("content", ""))
        for tag in _META.finditer(head)
        if (attributes := dict(_attributes(tag[1])))
    ]


def _attributes(tag: str) -> Iterator[tuple[str, str]]:
    for match in _ATTRIBUTE.finditer(tag):
        yield match[1].lower(), html.unescape(match[2] or match[3] or match[4] or "")


def _reservation(metas: Iterable[tuple[str, str]]) -> str:
    return next((value for name, value in metas if name == "tdm-reservation"), "")


def _refusal(directives: Iterable[str], reservation: str, place: str) -> NoText | None:
    said = {word for value in directives for word in _directives(value)} & _REFUSED
    if said:
        words = ", ".join(sorted(said))
        return NoText("opted_out", "robots_directive", f"The {place} says {words} to robots.")
    if reservation.strip() == "1":
        return NoText("opted_out", "tdm_reservation", f"The {place} reserves the right to text and data mining.")
    return None


def _directives(value: str) -> Iterator[str]:
    """The words of a robots directive, those for other clients left out ("googlebot: noindex")."""
    agent = ""
    for part in value[:2_000].lower().split(","):
        name, colon, rest = part.partition(":")
        if colon and not name.strip().startswith(("max-", "unavailable_after")):
            agent, part = name.strip(), rest
        if agent in ("", "usven"):
            yield part.strip()


def _title(head: str, metas: Iterable[tuple[str, str]]) -> str:
    own = next((value for name, value in metas if name == "og:title" and value), "")
    match = None if own else _TITLE.search(head)
    return plaintext.line(own or (html.unescape(match[1]) if match else ""), is_markup=False)[:500]


# --- the text ----------------------------------------------------------------------------------


def _extracted(source: str, url: str, title: str) -> Page:
    from trafilatura import bare_extraction

    found = bare_extraction(
        source, url=url, include_comments=False, include_tables=False, favor_precision=True, config=_config()
    )
    text = _plain(getattr(found, "text", None) or "", title)
    wall = walls.wall_in(source, plaintext.line(source[:HEAD])) if len(text) < LITTLE_TEXT else None
    if text:
        return PageText(title, text, _method(), wall)
    return wall or NoText("no_text", "no_article", "No article is found in the page.")


def _plain(text: str, title: str) -> str:
    """The text, a line a paragraph, without the headline above it."""
    lines = [folded for line in text.splitlines() if (folded := " ".join(plaintext.visible(line).split()))]
    kept = "\n".join(lines[1:] if lines and lines[0].casefold() in title.casefold() else lines)
    return kept if len(kept) <= LONGEST_TEXT else kept[:LONGEST_TEXT].rpartition("\n")[0] or kept[:LONGEST_TEXT]


@cache
def _config() -> ConfigParser:
    from trafilatura.settings import use_config

    config = use_config()
    config.set("DEFAULT", "MAX_TREE_SIZE", str(MOST_ELEMENTS))
    return config


@cache
def _method() -> str:
    return f"trafilatura {version('trafilatura')}"


# --- the text against what is known ------------------------------------------------------------


def _is_front(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.path in ("", "/") and not parts.query


def _is_prose(text: str) -> bool:
    return sum(len(line) for line in text.splitlines() if len(line) >= PROSE_LINE) >= LEAST_PROSE * len(text)


def _is_about(page: PageText, title: str) -> bool:
    wanted = set(_WORD.findall(title.casefold()))
    found = set(_WORD.findall(f"{page.title} {page.text}".casefold()))
    return len(wanted & found) >= SHARED_WORDS * len(wanted)
