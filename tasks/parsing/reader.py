"""Bytes in, a document out: what a body is in, and which reader is asked."""

from __future__ import annotations

import re

from tasks.parsing import bounded, charset, items, jsonfeed, plaintext, reuse, sitemap
from tasks.parsing.remarks import Remarks
from tasks.parsing.reuse import Recall
from warehouse.model import Document, NotAFeed

MAX_ENTRIES = 2_000

_HTML = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_HTML_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,500})", re.IGNORECASE)
_FEED_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_OPML = re.compile(r"<opml[\s>]", re.IGNORECASE)
_HEAD_CHARACTERS = 5_000


def parse(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    content_language: str | None = None,
    format: str | None = None,  # noqa: A002
    max_entries: int = MAX_ENTRIES,
    recall: Recall | None = None,
) -> Document | NotAFeed:
    """The document that a body is, or why it is none. Raises nothing, whatever the bytes.

    Args:
        body: the bytes as they were received.
        url: the address that answered last; relative links are resolved against the feed's own site, or else this.
        content_type: the Content-Type header; its charset counts, its type does not.
        content_language: the Content-Language header, for documents that name no language themselves.
        format: "jsonl" or "csv" where it is known that the body is one; anything else is recognised.
        max_entries: entries taken; the rest is left out and remarked on.
        recall: what the feed's last document gave; it saves time, and changes nothing of the result.
    """
    remarks = Remarks()
    try:
        text = charset.decode(body, content_type, remarks)
        return _read(text, remarks, url, content_language, format, max_entries, recall)
    except bounded.TooCostly as error:
        return NotAFeed("hostile", f"The document was not read: {error}. If it is a genuine feed, report it.")
    except Exception as error:  # noqa: BLE001 - feedparser raises what it likes on odd input, and that costs this document alone
        return NotAFeed(
            "unreadable", f"The document cannot be read: {type(error).__name__}: {plaintext.line(str(error))[:200]}."
        )


def _read(
    text: str,
    remarks: Remarks,
    url: str,
    content_language: str | None,
    form: str | None,
    max_entries: int,
    recall: Recall | None,
) -> Document | NotAFeed:
    if form == "jsonl":
        return items.read_lines(text, remarks, max_entries=max_entries)
    if form == "csv":
        return items.read_table(text, remarks, max_entries=max_entries)
    text = text.lstrip("\ufeff \t\r\n\x00")
    if not text:
        return NotAFeed("empty", "The body is empty. Try again later; if it stays so, disable the feed.")
    if text[0] in "{[":
        return _read_json(text, remarks, url, content_language, max_entries)
    if items.looks_like_table(text):
        return items.read_table(text, remarks, max_entries=max_entries)
    return _read_xml(text, remarks, url, content_language, max_entries, recall)


def _read_json(
    text: str, remarks: Remarks, url: str, content_language: str | None, max_entries: int
) -> Document | NotAFeed:
    try:
        value = jsonfeed.load(text, remarks)
    except RecursionError:
        return NotAFeed("hostile", "The JSON is nested too deeply to be read. Disable the feed.")
    except ValueError as error:
        if items.looks_like_lines(text):
            return items.read_lines(text, remarks, max_entries=max_entries)
        return NotAFeed("json", f"The JSON cannot be read ({error}). If it stays so, disable the feed.")
    document = jsonfeed.read(value, remarks, url=url, content_language=content_language, max_entries=max_entries)
    return document or NotAFeed(
        "json", "The JSON is not a JSON Feed: it has no list of items. Check the feed's address."
    )


def _read_xml(
    text: str,
    remarks: Remarks,
    url: str,
    content_language: str | None,
    max_entries: int,
    recall: Recall | None,
) -> Document | NotAFeed:
    if sitemap.is_index(text):
        return NotAFeed("sitemap", "This sitemap lists other sitemaps. Use the address of the news sitemap in it.")
    if sitemap.is_sitemap(text):
        found = sitemap.read(text, remarks, url=url, content_language=content_language, max_entries=max_entries)
        return found or NotAFeed("sitemap", "This sitemap has no news headlines. Use the publisher's news sitemap.")
    if _OPML.search(text, 0, _HEAD_CHARACTERS):
        return NotAFeed("opml", "This is a list of feeds (OPML). Add its feeds with `usven feeds import`.")
    if _is_page(text):
        return _page(text)
    document = reuse.read(text, remarks, recall, url=url, content_language=content_language, max_entries=max_entries)
    return document or _unknown(text)


def _is_page(text: str) -> bool:
    head = text[:_HEAD_CHARACTERS]
    return bool(_HTML.search(head)) and not _FEED_ROOT.search(head)


def _page(text: str) -> NotAFeed:
    title = _HTML_TITLE.search(text, 0, 100_000)
    named = f" titled “{plaintext.line(title[1])[:100]}”" if title else ""
    return NotAFeed(
        "html",
        f"The address answers with a web page{named}, not a feed. Open it in a browser to find the feed's address.",
    )


def _unknown(text: str) -> NotAFeed:
    if text[0] != "<":
        return NotAFeed("text", "The body is neither XML nor JSON. Check the feed's address.")
    root = re.search(r"<([A-Za-z_][\w.:-]{0,60})", text[:_HEAD_CHARACTERS])
    named = f" of kind “{root[1]}”" if root else ""
    return NotAFeed("xml", f"The body is XML{named}, not a feed. Check the feed's address.")
