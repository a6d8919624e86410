"""Hostile and careless XML made safe for a parser: declarations, forbidden characters, bad references."""

from __future__ import annotations

import html
import itertools
import re
from dataclasses import dataclass, field
from html.entities import html5

from tasks.parsing.remarks import Remarks

MAX_PREFACE_CHARACTERS = 20_000
MAX_ENTITIES = 300
MAX_DOCTYPE_CHARACTERS = 100_000
MAX_ENTITY_CHARACTERS = 32
"""A reference has at least three characters, so that entities make a document at most ten times longer."""

_XML_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,1000}\?>")
_LATE_DECLARATION = re.compile(r"<\?xml\s+version")
_FEED = re.compile(r"<(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
_ROOT = re.compile(r"<(?P<name>[A-Za-z_][\w.:-]{0,60})")
_NAMED_REFERENCE = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_AMPERSAND = re.compile(
    r"(?P<kept><!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&#(?:\d{1,7}|x[0-9a-f]{1,6});)"
    r"|&(?:(?P<name>[A-Za-z][\w.-]{0,40});)?",
    re.DOTALL | re.IGNORECASE,
)
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_MARKUP_CHARACTERS = "<>&%\"'"
_ROOT_OR_DOCTYPE = re.compile(r"<(?:[A-Za-z_]|!DOCTYPE\b)", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE\b[^\[>]*+(?:\[(?P<subset>.*?)\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(
    rf"<!ENTITY\s+(?P<name>[A-Za-z_][\w.-]{{0,40}})\s+"
    rf"(?P<quote>[\"'])(?P<value>(?:&\#\w{{1,8}};|[^&%<\"']){{0,{MAX_ENTITY_CHARACTERS}}}+)(?P=quote)\s*>"
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SURROGATE_PAIR = re.compile(
    r"&#(?:x(?P<high_hex>d[89ab][0-9a-f]{2})|(?P<high>5[56]\d{3}));"
    r"&#(?:x(?P<low_hex>d[c-f][0-9a-f]{2})|(?P<low>5[67]\d{3}));",
    re.IGNORECASE,
)
_ODD_REFERENCE = re.compile(
    r"&#(?:x0*(?P<hex>[01]?[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef]|[0-9a-f]{6,})"
    r"|0*(?P<decimal>[12]?\d|3[01]|5[5-7]\d{3}|6553[45]|\d{7,}))(?![0-9a-f]);?",
    re.IGNORECASE,
)
_HIGH, _LOW, _LAST = 0xD800, 0xDC00, 0x10FFFF


@dataclass(frozen=True, slots=True)
class Prepared:
    """XML without declarations.

    `entities` are the small ones that it defined; `declaration` defines them again, with those of HTML that it uses
    undefined. `root` is the name of the first element, `is_netscape` whether Netscape's DTD (RSS 0.91) is named.
    """

    xml: str
    declaration: str = ""
    entities: dict[str, str] = field(default_factory=dict)
    root: str = ""
    is_netscape: bool = False


def prepare(text: str, remarks: Remarks) -> Prepared:
    """XML that no parser chokes on: see the module. What is repaired is remarked on."""
    text = _without_forbidden(_from_declaration_on(text, remarks), remarks)
    text = _XML_DECLARATION.sub("", text, count=1).lstrip()
    doctype = _doctype(text)
    if not doctype:
        return Prepared(text, _declaration(_html_entities(text)), root=_root_name(text))
    entities = _entities(doctype["subset"] or "", remarks)
    text = text[doctype.end() :].lstrip()
    return Prepared(
        xml=text,
        declaration=_declaration(_html_entities(text) | entities),
        entities=entities,
        root=_root_name(text),
        is_netscape="netscape" in doctype[0].lower(),
    )


def escape_ampersands(prepared: Prepared) -> str:
    """The XML with each ampersand escaped that begins no reference it knows, outside of CDATA."""
    known = _XML_ENTITIES | prepared.entities.keys() | _html_entities(prepared.xml).keys()
    return _AMPERSAND.sub(lambda match: _escaped(match, known), prepared.xml)


def _escaped(match: re.Match[str], known: set[str]) -> str:
    if match["kept"] or match["name"] in known:
        return match[0]
    return f"&amp;{match[0][1:]}"


def _doctype(text: str) -> re.Match[str] | None:
    """The document type declaration, where there is one before the first element."""
    first = _ROOT_OR_DOCTYPE.search(text)
    return _DOCTYPE.match(text, first.start(), first.start() + MAX_DOCTYPE_CHARACTERS) if first else None


def _root_name(text: str) -> str:
    root = _ROOT.search(text)
    return root["name"] if root else ""


def _declaration(entities: dict[str, str]) -> str:
    lines = "".join(f'<!ENTITY {name} "{value}">' for name, value in entities.items())
    return f"<!DOCTYPE feed [{lines}]>" if lines else ""


def _html_entities(text: str) -> dict[str, str]:
    """Those of HTML's named characters that the text uses, without the ones that XML has or markup is made of."""
    names = set(_NAMED_REFERENCE.findall(text))
    return {name: value for name in names if (value := html5.get(f"{name};")) and value not in _MARKUP_CHARACTERS}


def _from_declaration_on(text: str, remarks: Remarks) -> str:
    declaration = _LATE_DECLARATION.search(text, 0, MAX_PREFACE_CHARACTERS)
    preface = text[: declaration.start()] if declaration else ""
    if not preface.strip() or _FEED.search(preface):
        return text
    remarks.note("What stood before the XML declaration was left out")
    return text[len(preface) :]


def _entities(subset: str, remarks: Remarks) -> dict[str, str]:
    found = (
        (match["name"], html.unescape(match["value"]))
        for match in itertools.islice(_ENTITY.finditer(subset), MAX_ENTITIES)
    )
    entities = {name: value for name, value in found if not set(value) & set(_MARKUP_CHARACTERS)}
    if len(entities) < subset.upper().count("<!ENTITY"):
        remarks.note("Entity declarations that are long, nested, external or too many were left out")
    return entities


def _without_forbidden(text: str, remarks: Remarks) -> str:
    if _FORBIDDEN.search(text):
        remarks.note("Control characters were left out")
        text = _FORBIDDEN.sub("", text)
    if "&#" in text:
        text = _SURROGATE_PAIR.sub(_joined, text)
        text = _ODD_REFERENCE.sub(lambda match: match[0] if _is_allowed(match) else "", text)
    return text


def _joined(match: re.Match[str]) -> str:
    high = int(match["high_hex"], 16) if match["high_hex"] else int(match["high"])
    low = int(match["low_hex"], 16) if match["low_hex"] else int(match["low"])
    if not (_HIGH <= high < _LOW <= low <= 0xDFFF):
        return match[0]
    return chr(0x10000 + ((high - _HIGH) << 10) + (low - _LOW))


def _is_allowed(match: re.Match[str]) -> bool:
    digits = match["hex"] or match["decimal"]
    code = int(digits[:12], 16 if match["hex"] else 10)
    if code < 0x20:
        return code in (0x9, 0xA, 0xD)
    return code <= _LAST and not 0xD800 <= code <= 0xDFFF and code not in (0xFFFE, 0xFFFF)
