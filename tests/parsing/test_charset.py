"""Which encoding a document is in."""

from __future__ import annotations

import pytest

from tasks.parsing import charset
from tasks.parsing.remarks import Remarks

TEXT = "<?xml version='1.0' encoding='{}'?><rss>Señor “Niño” — você não</rss>"


def decode(body: bytes, content_type: str | None = None) -> str:
    return charset.decode(body, content_type, Remarks())


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_declared_or_visible_encoding_is_used(encoding: str) -> None:
    text = TEXT.format(encoding)
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_goes_before_every_declaration(mark: str) -> None:
    text = TEXT.format("iso-8859-1")
    assert decode(text.encode(mark), "text/xml; charset=iso-8859-1") == text


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("gb2312", "gb18030", "委内瑞拉"),
        ("shift_jis", "cp932", "ベネズエラ"),
        ("euc-kr", "cp949", "베네수엘라"),
        ("koi8-r", "koi8-r", "Венесуэла"),
        ("iso-2022-jp", "iso-2022-jp", "ベネズエラ"),
        ("ISO-8859-1", "cp1252", "“Señor”"),
        ("us-ascii", "cp1252", "“Señor”"),
    ],
)
def test_the_headers_charset_is_read_as_publishers_use_it(label: str, codec: str, text: str) -> None:
    assert decode(text.encode(codec), f"text/xml; charset={label}") == text


def test_the_header_goes_before_the_declaration() -> None:
    body = "<?xml version='1.0' encoding='koi8-r'?><rss>ñandú</rss>".encode("iso-8859-1")
    assert decode(body, 'application/xml; charset="iso-8859-1"').endswith("<rss>ñandú</rss>")


def test_stray_bytes_do_not_spoil_utf8() -> None:
    remarks = Remarks()
    body = "año, niño, señal, acción: ".encode() + "“no”".encode("cp1252")
    assert charset.decode(body, None, remarks) == "año, niño, señal, acción: “no”"
    assert remarks.sentences() == ("Stray bytes in the UTF-8 text were read as Windows-1252.",)


def test_an_encoding_that_does_not_fit_is_passed_over() -> None:
    remarks = Remarks()
    assert charset.decode("Señor".encode("cp1252"), "text/xml; charset=euc-jp", remarks) == "Señor"
    assert remarks.sentences() == ("The text is not in euc_jp, as it declares.",)


@pytest.mark.parametrize(
    "label", ["idna", "punycode", "unicode_escape", "undefined", "zlib", "hex", "rot13", "no-such"]
)
def test_codecs_that_are_no_charset_are_not_used(label: str) -> None:
    assert decode(b"Se\xf1or \\u0041", f"text/xml; charset={label}") == "Señor \\u0041"


def test_bytes_that_no_encoding_has_are_replaced() -> None:
    assert decode(b"a\x81b") == "a\ufffdb"
