"""The catalogue as CSV, OPML and lists: what is read, what is written, and what is refused with which words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import catalogue
from warehouse.errors import CatalogueError
from warehouse.model import LANGUAGES, Feed, Outlet

UNO = "https://uno.example/rss"
DOS = "https://www.dos.example/feed?format=xml&n=20"


def _file(folder: Path, text: str | bytes, name: str = "feeds") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def _opml(*outlines: str) -> str:
    return f'<opml version="2.0"><body>{"".join(outlines)}</body></opml>'


def _urls(path: Path) -> list[str]:
    return [feed.url for feed in catalogue.read(path).feeds]


# --- lists of addresses ------------------------------------------------------------------------


def test_a_list_of_addresses_is_a_catalogue(tmp_path: Path) -> None:
    assert _urls(_file(tmp_path, f"# press\n\n{UNO}\r\n  {DOS}  \n")) == [UNO, DOS]


def test_a_feed_known_by_its_address_has_the_same_id_every_time_and_its_host_as_outlet(tmp_path: Path) -> None:
    (feed,) = catalogue.read(_file(tmp_path, DOS)).feeds
    assert feed == catalogue.feed_for(DOS, origin="here")
    assert feed.feed_id.startswith("dos-example-")
    assert catalogue.outlet_for(feed).hosts == ("dos.example",)


def test_two_addresses_of_one_host_are_two_feeds_of_one_outlet(tmp_path: Path) -> None:
    one, two = catalogue.read(_file(tmp_path, f"{UNO}\n{UNO}?page=2\n")).feeds
    assert one.feed_id != two.feed_id
    assert one.outlet_id == two.outlet_id


def test_an_address_that_stands_twice_is_one_feed(tmp_path: Path) -> None:
    assert _urls(_file(tmp_path, f"{UNO}\n{DOS}\n{UNO}\n")) == [UNO, DOS]


@pytest.mark.parametrize(
    "line", ["uno.example/rss", "ftp://uno.example/", "https:///rss", "http://[::1", "javascript:x"]
)
def test_a_line_that_is_no_web_address_is_refused_by_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(CatalogueError, match=r"feeds, line 2: .* is not an address of http or https"):
        catalogue.read(_file(tmp_path, f"{UNO}\n{line}\n"))


# --- CSV ---------------------------------------------------------------------------------------


def test_a_csv_needs_no_more_than_addresses(tmp_path: Path) -> None:
    (feed,) = catalogue.read(_file(tmp_path, f"url\n{UNO}\n")).feeds
    assert feed == catalogue.feed_for(UNO, origin="here")


def test_a_csv_may_say_everything(tmp_path: Path) -> None:
    text = f"feed_id,url,outlet_id,language,is_enabled,status_reason,note\nuno,{UNO},press,es,FALSE,bot wall,x\n"
    (feed,) = catalogue.read(_file(tmp_path, text)).feeds
    assert feed == Feed("uno", UNO, "press", "es", is_enabled=False, status_reason="bot wall")


@pytest.mark.parametrize("text", ["\ufefffeed_id , url\nuno , {}\n", '"feed_id", "url"\r\n"uno", "{}"\r\n'])
def test_a_csv_from_a_spreadsheet_is_read(tmp_path: Path, text: str) -> None:
    (feed,) = catalogue.read(_file(tmp_path, text.format(UNO))).feeds
    assert (feed.feed_id, feed.url) == ("uno", UNO)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("uno,uno.example,,", "'uno.example' is not an address of http or https"),
        (f"uno,{UNO},fr,", "language 'fr' is none of en, es, pt"),
        (f"uno,{UNO},es,maybe", "is_enabled is 'maybe'; write true or false"),
        (f"uno,{UNO},es", "the number of columns differs from the first line's"),
        (f"uno,{UNO},es,true,5", "the number of columns differs from the first line's"),
        (f"tres,{UNO},es,true", "feed_id 'tres' is that of line 2 already; give it another"),
    ],
)
def test_a_wrong_row_is_refused_by_its_line(tmp_path: Path, row: str, fault: str) -> None:
    with pytest.raises(CatalogueError, match=f"feeds, line 3: {fault}"):
        catalogue.read(_file(tmp_path, f"feed_id,url,language,is_enabled\ntres,https://tres.example/,,\n{row}\n"))


def test_a_row_that_stands_twice_is_one_feed(tmp_path: Path) -> None:
    assert _urls(_file(tmp_path, f"feed_id,url\nuno,{UNO}\nuno,{UNO}\n")) == [UNO]


def test_a_quotation_mark_left_open_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="feeds, after line 1: .* Is a quotation mark left open"):
        catalogue.read(_file(tmp_path, f'url,note\n{UNO},"{"x" * 200_000}\n'))


def test_an_outlets_file_beside_a_csv_describes_its_outlets(tmp_path: Path) -> None:
    _file(
        tmp_path,
        "outlet_id,name,aliases,country,kind,state_affiliated,exile_url,home_url,hosts\n"
        "uno,El Uno,,VE,newspaper,unknown,https://watch.example/uno,,uno.example uno.test\n"
        "dos,Dos,Agencia Dos; D2;,,wire,true,,https://dos.example/,\n",
        "outlets.csv",
    )
    found = catalogue.read(_file(tmp_path, f"url,outlet_id\n{UNO},uno\n")).outlets
    assert found == (
        Outlet(
            "uno", "El Uno", "VE", "newspaper", None, None, ("uno.example", "uno.test"), "https://watch.example/uno"
        ),
        Outlet("dos", "Dos", None, "wire", True, "https://dos.example/", aliases=("Agencia Dos", "D2")),
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("outlet_id,name\nuno,Uno\n", "outlets.csv: the column 'kind' is missing from the first line"),
        ("", "outlets.csv: the column 'kind' is missing from the first line"),
        ("outlet_id,name,kind,state_affiliated\nuno,Uno,wire,perhaps\n", "line 2: state_affiliated is 'perhaps'"),
        ("outlet_id,name,kind\nuno,Uno,wire\nuno,Otro,wire\n", "line 3: outlet_id 'uno' is that of line 2 already"),
        ("outlet_id,name,kind\n,Uno,wire\n", "line 2: outlet_id '' is empty"),
        (b"outlet_id,name,kind\nuno,\xd1,wire\n", "outlets.csv, line 2: this is not UTF-8"),
    ],
)
def test_a_wrong_outlets_file_is_refused_by_its_line(tmp_path: Path, text: str | bytes, fault: str) -> None:
    _file(tmp_path, text, "outlets.csv")
    with pytest.raises(CatalogueError, match=fault):
        catalogue.read(_file(tmp_path, f"url\n{UNO}\n"))


_key = st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True)
_words = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20).map(str.strip)
_feeds = st.lists(
    st.builds(
        Feed,
        feed_id=_key,
        url=st.builds("https://{}.example/{}".format, _key, _key),
        outlet_id=_key,
        language=st.sampled_from((None, *LANGUAGES)),
        is_enabled=st.booleans(),
        status_reason=_words,
    ),
    max_size=5,
    unique_by=(lambda feed: feed.feed_id, lambda feed: feed.url),
)


@settings(max_examples=40)
@given(_feeds)
def test_feeds_written_as_csv_are_read_as_the_same_feeds(
    tmp_path_factory: pytest.TempPathFactory, feeds: list[Feed]
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.csv"
    path.write_text(catalogue.to_csv(feeds), encoding="utf-8")
    assert list(catalogue.read(path).feeds) == feeds


# --- OPML --------------------------------------------------------------------------------------


def test_an_opml_is_read_with_its_nested_outlines(tmp_path: Path) -> None:
    text = _opml(
        f'<outline text="Press"><outline text="El Uno" xmlUrl=" {UNO} " language="es-VE"/></outline>',
        '<outline text="A note"/>',
        f'<outline title="Dos" xmlUrl="{DOS.replace("&", "&amp;")}" language="fr"/>',
    )
    uno, dos = catalogue.read(_file(tmp_path, text)).feeds
    assert (uno.url, uno.language, uno.feed_id[:7]) == (UNO, "es", "el-uno-")
    assert (dos.url, dos.language, dos.feed_id[:4]) == (DOS, None, "dos-")


def test_an_opml_may_be_in_the_encoding_it_declares(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>' + _opml(f'<outline text="Año" xmlUrl="{UNO}"/>')
    assert _urls(_file(tmp_path, text.encode("latin-1"))) == [UNO]


def test_an_address_that_stands_twice_in_an_opml_is_one_feed(tmp_path: Path) -> None:
    outline = f'<outline text="Uno" xmlUrl="{UNO}"/>'
    assert _urls(_file(tmp_path, _opml(outline, outline))) == [UNO]


_BOMB = '<!DOCTYPE o [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    "text",
    [
        _BOMB + _opml('<outline text="&c;" xmlUrl="https://uno.example/"/>'),
        '<!DOCTYPE o [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        + _opml("<outline text='&f;' xmlUrl='https://u.example/'/>"),
        '<!DOCTYPE opml SYSTEM "http://uno.example/opml.dtd">' + _opml(),
        _opml("<outline>"),
        "<opml>" * 100_000,
        '<?xml version="1.0" encoding="klingon"?>' + _opml(),
        '<?xml version="1.0" encoding="utf-32"?>' + _opml(),
        "<html><body>404</body></html>",
    ],
)
def test_an_opml_that_is_hostile_or_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CatalogueError, match="feeds begins like OPML but is"):
        catalogue.read(_file(tmp_path, text))


def test_an_address_in_an_opml_that_is_none_of_the_web_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="feeds: 'feed://uno.example' is not an address of http or https"):
        catalogue.read(_file(tmp_path, _opml('<outline xmlUrl="feed://uno.example"/>')))


@settings(max_examples=40)
@given(_feeds, st.from_regex(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]{0,20}", fullmatch=True))
def test_feeds_written_as_opml_are_read_at_the_same_addresses(
    tmp_path_factory: pytest.TempPathFactory, feeds: list[Feed], name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.opml"
    outlets = {feed.outlet_id: Outlet(feed.outlet_id, name, None, "wire") for feed in feeds[1:]}
    path.write_text(catalogue.to_opml(feeds, outlets), encoding="utf-8")
    assert [(f.url, f.language) for f in catalogue.read(path).feeds] == [(f.url, f.language) for f in feeds]


# --- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["absent", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(CatalogueError, match=f"{tmp_path}.* cannot be read"):
        catalogue.read(tmp_path / name)


def test_a_file_in_another_encoding_is_refused_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="feeds, line 2: this is not UTF-8; save the file in that encoding"):
        catalogue.read(_file(tmp_path, f"{UNO}\n# peri\xf3dicos\n".encode("latin-1")))


# --- the bundled catalogue and fingerprints ----------------------------------------------------


def test_the_bundled_catalogue_is_sound() -> None:
    found = catalogue.bundled()
    assert len({feed.feed_id for feed in found.feeds}) == len({feed.url for feed in found.feeds}) == len(found.feeds)
    assert {feed.outlet_id for feed in found.feeds} <= {outlet.outlet_id for outlet in found.outlets}


@pytest.mark.parametrize(
    "edit",
    [
        {"url": DOS},
        {"outlet_id": "dos"},
        {"language": "es"},
        {"is_enabled": False},
        {"status_reason": "bot wall"},
    ],
)
def test_every_edit_of_a_row_changes_its_fingerprint(edit: dict[str, object]) -> None:
    feed = Feed("uno", UNO, "uno", None)
    assert catalogue.fingerprint(replace(feed, **edit)) != catalogue.fingerprint(feed)  # type: ignore[arg-type]
