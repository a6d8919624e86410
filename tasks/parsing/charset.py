"""Bytes to text: which encoding a document is really in, whatever it and its server say."""

from __future__ import annotations

import codecs
import re

from tasks.parsing.remarks import Remarks

# The byte order marks and the first characters of XML in encodings that ASCII does not show through:
# https://www.w3.org/TR/xml/#sec-guessing
_SIGNATURES = (
    (b"\x00\x00\xfe\xff", "utf-32-be", 4),
    (b"\xff\xfe\x00\x00", "utf-32-le", 4),
    (b"\xfe\xff", "utf-16-be", 2),
    (b"\xff\xfe", "utf-16-le", 2),
    (b"\xef\xbb\xbf", "utf-8", 3),
    (b"\x00\x00\x00<", "utf-32-be", 0),
    (b"<\x00\x00\x00", "utf-32-le", 0),
    (b"\x00<\x00", "utf-16-be", 0),
    (b"<\x00", "utf-16-le", 0),
    (b"{\x00", "utf-16-le", 0),
    (b"\x00{\x00", "utf-16-be", 0),
    (b"\x4c\x6f\xa7\x94", "cp037", 0),
)
# What publishers declare, and the larger encoding that it is a part of and that they use:
# https://encoding.spec.whatwg.org/#names-and-labels
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
# Text encodings to Python, but none that a feed is in; some take quadratic time, some unescape.
_REFUSED = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem", "utf_7"})
_FALLBACK = "cp1252"
_WITHOUT_HIGH_BYTES = frozenset({"iso2022_jp", "hz", "iso2022_kr"})

_XML_DECLARATION = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)


def decode(body: bytes, content_type: str | None, remarks: Remarks) -> str:
    """The text of a document.

    Bytes that are valid UTF-8 are UTF-8, whatever is declared: other encodings do not look like it by chance.
    Then the Content-Type's charset, the XML declaration's, and Windows-1252.
    """
    for signature, encoding, length in _SIGNATURES:
        if body.startswith(signature):
            return _as(body[length:], encoding, remarks)
    declared = [name for name in (_from_header(content_type), _from_declaration(body)) if name]
    if not (declared and declared[0] in _WITHOUT_HIGH_BYTES):
        text = _utf8(body, remarks)
        if text is not None:
            return text
    return _first_that_fits(body, declared, remarks)


def _as(body: bytes, encoding: str, remarks: Remarks) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        remarks.note(f"Some bytes are not valid {encoding} and were replaced")
        return body.decode(encoding, "replace")


def _utf8(body: bytes, remarks: Remarks) -> str | None:
    """The text when the body is UTF-8, stray bytes of Windows-1252 in it included; else None."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "surrogateescape")
    strays = len(re.findall("[\udc80-\udcff]", text))
    sequences = sum(map(len, re.findall("[^\x00-\x7f\udc80-\udcff]+", text)))
    if sequences <= strays:
        return None
    remarks.note("Stray bytes in the UTF-8 text were read as Windows-1252")
    return re.sub("[\udc80-\udcff]", _stray, text)


def _stray(match: re.Match[str]) -> str:
    return bytes([ord(match[0]) - 0xDC00]).decode(_FALLBACK, "replace")


def _first_that_fits(body: bytes, declared: list[str], remarks: Remarks) -> str:
    for encoding in declared:
        try:
            return body.decode(encoding)
        except (UnicodeError, LookupError):
            remarks.note(f"The text is not in {encoding}, as it declares")
    return body.decode(_FALLBACK, "replace")


def _from_header(content_type: str | None) -> str | None:
    match = _CHARSET.search(content_type or "")
    return _known(match[1]) if match else None


def _from_declaration(body: bytes) -> str | None:
    match = _XML_DECLARATION.search(body, 0, 1000)
    return _known(match[1].decode("ascii")) if match else None


def _known(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    # UTF-16 and UTF-32 would have shown themselves by their first bytes.
    is_refused = name.replace("-", "_") in _REFUSED or name.startswith(("utf-16", "utf-32", "utf-8"))
    return None if is_refused else name
