"""Entries put together from what a reader found: text made plain, addresses judged, sizes bounded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urljoin

from tasks.parsing import mojibake, plaintext
from tasks.parsing.remarks import Remarks
from warehouse.model import Entry

MAX_TITLE = 1_000
MAX_SUMMARY = 20_000
MAX_CONTENT = 200_000
MAX_MARKUP_FACTOR = 10
"""Markup is cut at this many times the characters of text that are kept of it."""
MAX_LABELS = 50
MAX_LABEL = 200
MAX_URL = 4_096
MAX_GUID = 2_000

_WEB_ADDRESS = re.compile(
    r"https?://(?:[^/?#@\\]*@)?(?:\[[0-9a-f:.]+\]|[^/?#@:\\\[\]]+)(?::\d*)?(?:[/?#]|$)", re.IGNORECASE
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*:")
_LANGUAGE = re.compile(r"^\s*([a-zA-Z]{2,3})(?:[-_].*)?\s*$", re.DOTALL)
_LANGUAGE_NAMES = {
    "english": "en",
    "spanish": "es",
    "español": "es",
    "castellano": "es",
    "portuguese": "pt",
    "português": "pt",
    "eng": "en",
    "spa": "es",
    "por": "pt",
}


def entry(
    remarks: Remarks,
    *,
    guid: str | None,
    link: str | None,
    title: str,
    summary: str = "",
    content: str = "",
    authors: Iterable[str] = (),
    categories: Iterable[str] = (),
    published_at: datetime | None = None,
    updated_at: datetime | None = None,
    language: str | None = None,
    source_name: str | None = None,
    source_url: str | None = None,
    is_markup: bool = True,
) -> Entry:
    """An entry within bounds; every cut is remarked on. `link` and `source_url` are absolute already."""
    name = text_line(source_name or "")[:MAX_LABEL] or None
    return Entry(
        guid=_guid(guid),
        link=link,
        title=_without_outlet(_cut(text_line(title, is_markup=is_markup), MAX_TITLE, "title", remarks), name),
        summary_text=_paragraphs(summary, MAX_SUMMARY, "summary", remarks, is_markup=is_markup),
        content_text=_paragraphs(content, MAX_CONTENT, "content", remarks, is_markup=is_markup),
        authors=_labels(authors, "authors", remarks),
        categories=_labels(categories, "categories", remarks),
        published_at=published_at,
        updated_at=updated_at,
        language=language,
        source_name=name,
        source_url=source_url,
    )


def kept(entries: Iterable[Entry], remarks: Remarks) -> tuple[Entry, ...]:
    """The entries that say something; the others are counted in a remark."""
    entries = tuple(entries)
    telling = tuple(entry for entry in entries if entry.title or entry.link or entry.summary_text or entry.content_text)
    if len(telling) < len(entries):
        remarks.note(
            f"{len(entries) - len(telling)} of {len(entries)} items had no title, link or text and were left out"
        )
    return telling


def absolute(address: str | None, *bases: str | None) -> str | None:
    """An http or https address, resolved against the first base that is one; None for anything else."""
    address = _CONTROLS.sub("", (address or "")[: MAX_URL + 1]).strip()
    if not address or len(address) > MAX_URL:
        return None
    address = address.replace(" ", "%20").replace("&amp;", "&")
    if not _SCHEME.match(address):
        base = next((base for base in bases if base and is_web_address(base)), None)
        address = _joined(base, address) if base else ""
    return address if is_web_address(address) else None


def is_web_address(address: str) -> bool:
    """Whether it is an http or https address with a host."""
    return bool(_WEB_ADDRESS.match(address))


def language(*tags: str | None) -> str | None:
    """The primary subtag, in lower case, of the first tag that has one."""
    for tag in tags:
        match = _LANGUAGE.match(tag or "")
        name = match[1].lower() if match else (tag or "").strip().lower()
        if name in _LANGUAGE_NAMES or match:
            return _LANGUAGE_NAMES.get(name, name)
    return None


def text_line(value: str, *, is_markup: bool = True) -> str:
    """Plain text on one line, double encoding repaired."""
    return plaintext.line(mojibake.repair(value[: MAX_TITLE * MAX_MARKUP_FACTOR]), is_markup=is_markup)


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def _guid(value: str | None) -> str | None:
    return " ".join(plaintext.visible((value or "")[:MAX_GUID]).split()) or None


def _paragraphs(value: str, limit: int, name: str, remarks: Remarks, *, is_markup: bool) -> str:
    if not value:
        return ""
    text = plaintext.paragraphs(mojibake.repair(value[: limit * MAX_MARKUP_FACTOR]), is_markup=is_markup)
    if len(value) > limit * MAX_MARKUP_FACTOR:
        remarks.note(f"A {name} with more than {limit * MAX_MARKUP_FACTOR:,} characters of markup was cut")
    return _cut(text, limit, name, remarks)


def _cut(text: str, limit: int, name: str, remarks: Remarks) -> str:
    if len(text) <= limit:
        return text
    remarks.note(f"A {name} was cut to {limit:,} characters")
    return text[:limit].rstrip()


def _labels(values: Iterable[str], name: str, remarks: Remarks) -> tuple[str, ...]:
    labels = tuple(dict.fromkeys(label for value in values if (label := text_line(value)[:MAX_LABEL].rstrip())))
    if len(labels) > MAX_LABELS:
        remarks.note(f"More than {MAX_LABELS} {name} of an item were left out")
    return labels[:MAX_LABELS]


def _without_outlet(title: str, source_name: str | None) -> str:
    # Aggregators write "Headline - Outlet"; the outlet is in `source_name` already.
    ending = f" - {source_name}"
    return title[: -len(ending)].rstrip() if source_name and title.endswith(ending) and title != ending else title
