"""Markup to plain text."""

from __future__ import annotations

import pytest

from tasks.parsing import plaintext


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain words", "plain words"),
        ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
        ("One.<br>Two.<br />Three.", "One.\nTwo.\nThree."),
        ("mid<b>word</b>s and <i>more</i>", "midwords and more"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("before<script>x < y && '</p>'</script>after", "before after"),
        ("<style>p { color: red }</style>text", "text"),
        ("a<!-- hidden <b> -->b", "ab"),
        ("a<!-- never closed", "a"),
        ('<a title="1 > 0" href="x">link</a>', "link"),
        ("<a title='it\"s'>link</a>", "link"),
        ("<img src=x alt='y'>caption", "caption"),
        ("<p>Cut <a href='https://x.exam", "Cut"),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"),
        ("growth <10% in May", "growth <10% in May"),
        ("AT&amp;T &lt;3 Caf&eacute;&#8230; &#x201C;s&#xed;&#x201D;", "AT&T <3 Café… “sí”"),
        ("rock&reggae, R&D, S&P 500, &copy 2026", "rock&reggae, R&D, S&P 500, © 2026"),
        ("&#150; en dash of Windows", "– en dash of Windows"),
        ("&nosuchname; stays", "&nosuchname; stays"),
        ("a&nbsp;&nbsp;b\u2003c", "a b c"),
        ("&amp;lt;p&amp;gt;twice&amp;lt;/p&amp;gt;", "&lt;p&gt;twice&lt;/p&gt;"),
        ("&lt;p&gt;twice&lt;/p&gt;", "twice"),
        ("<o:p>office</o:p><custom-tag>x</custom-tag>", "officex"),
        ("<![CDATA[<p>inner</p>]]>", "inner"),
        ("<P CLASS=x>UPPER</P>", "UPPER"),
        ("first line\nsame paragraph\n\nnext", "first line same paragraph\nnext"),
        ("<p>first line\nsame</p>", "first line same"),
        ("Leer <a href='x'>más</a>", "Leer más"),
        ("<div><div><div>deep</div></div></div>", "deep"),
    ],
)
def test_markup_becomes_the_words_a_reader_sees(markup: str, text: str) -> None:
    assert plaintext.paragraphs(markup) == text


def test_declared_plain_text_keeps_its_angle_brackets() -> None:
    assert plaintext.line("vector<int> of x", is_markup=False) == "vector<int> of x"


def test_html_in_declared_plain_text_is_taken_for_html() -> None:
    assert plaintext.line("<b>Rubio</b> speaks", is_markup=False) == "Rubio speaks"


def test_a_line_has_no_breaks() -> None:
    assert plaintext.line("<p>One.</p><p>Two.</p>") == "One. Two."


def test_joined_emoji_stay_whole() -> None:
    assert plaintext.line("👨\u200d👩\u200d👧") == "👨\u200d👩\u200d👧"
