"""A text republished is a copy, the next text on the same form is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.grouping import copies, scorecard
from warehouse.errors import InputError
from warehouse.model import Report

Make = Callable[..., Report]
TEXT = (
    "A convoy of nine grain ships left the northern harbour before dawn after pilots ended a strike that had kept the "
    "channel closed for most of the week and sent insurers looking for other routes along the coast"
)


def originals(*reports: Report) -> dict[str, str]:
    return dict(copies.find_copies(reports, ()).originals)


def test_another_headline_and_place_line_do_not_hide_a_copy(report: Make) -> None:
    first = report("a", "Grain ships sail as pilots return", f"PORTO, Jan 3 (Reuters) - {TEXT}")
    second = report("b", "Convoy leaves harbour", f"PORTO (Courier) – {TEXT}", hours=2)

    assert originals(first, second) == {"b": "a"}


def test_a_trimmed_tail_does_not_hide_a_copy(report: Make) -> None:
    first = report("a", "Grain ships sail as pilots return", TEXT)
    second = report("b", "Grain ships sail again", TEXT[:110], hours=2)

    assert originals(first, second) == {"b": "a"}


def test_the_next_number_is_no_copy(report: Make) -> None:
    first = report("a", "Death toll from the quake rises to 3,811, officials say")
    second = report("b", "Death toll from the quake rises to 4,829, officials say", hours=20)

    assert originals(first, second) == {}


def test_the_next_ordinal_is_no_copy(report: Make) -> None:
    first = report("a", "Navy carries out twelfth strike on a boat in the region")
    second = report("b", "Navy carries out thirteenth strike on a boat in the region", hours=20)

    assert originals(first, second) == {}


def test_another_day_is_no_copy(report: Make) -> None:
    first = report("a", "Weather for the coast", f"On Monday {TEXT}")
    second = report("b", "Weather for the coast", f"On Tuesday {TEXT}", hours=24)

    assert originals(first, second) == {}


def test_another_name_on_the_same_form_is_no_copy(report: Make) -> None:
    first = report("a", "Notice of a Parole Process for Haitians in the Region")
    second = report("b", "Notice of a Parole Process for Nicaraguans in the Region")

    assert originals(first, second) == {}


def test_an_outlets_daily_rubric_is_no_copy(report: Make) -> None:
    first = report("a", "The best pictures of the day by our photographers", outlet_id="courier")
    second = report("b", "The best pictures of the day by our photographers", outlet_id="courier", hours=24)

    assert originals(first, second) == {}


def test_a_filler_instead_of_a_summary_is_no_evidence(report: Make) -> None:
    filler = "Comprehensive up-to-date news coverage, aggregated from sources all over the world by Google News."

    assert originals(report("a", "Grain ships sail", filler), report("b", "Bakers win a prize", filler)) == {}


def test_all_copies_of_a_text_have_one_original(report: Make) -> None:
    found = copies.find_copies([report(f"r{n}", f"Headline {chr(97 + n)}", TEXT, hours=n % 7) for n in range(20)], ())

    assert set(found.originals.values()) == {"r0"}
    assert {link.left_id for link in found.links} == {f"r{n}" for n in range(1, 20)}


def test_a_copy_of_a_stored_copy_has_the_stored_original(report: Make) -> None:
    stored = report("b", "Convoy leaves harbour", TEXT, copy_of_article_id="a", hours=-3)

    found = copies.find_copies([report("c", "Ships sail", TEXT)], [stored])

    assert found.originals == {"c": "a"}


def test_a_link_names_the_agency_that_the_text_is_credited_to(report: Make) -> None:
    reports = [report("a", "Ships sail", f"PORTO, Jan 3 (Reuters) - {TEXT}"), report("b", "Convoy", TEXT, hours=1)]

    (link,) = copies.find_copies(reports, ()).links

    assert link.reason.endswith("credited to Reuters")


def test_a_link_says_why(report: Make) -> None:
    (link,) = copies.find_copies([report("a", "Ships sail", TEXT), report("b", "Convoy", TEXT, hours=1)], ()).links

    assert (link.left_id, link.right_id, link.level, link.similarity) == ("b", "a", "copy", 1.0)
    assert "word pairs" in link.reason


@given(order=st.permutations(range(8)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_arrival_changes_no_copy(order: list[int], report: Make) -> None:
    reports = [report(f"r{n}", f"Headline {n}", TEXT if n % 2 else TEXT[::-1], hours=n % 3) for n in range(8)]

    assert copies.find_copies([reports[n] for n in order], ()) == copies.find_copies(reports, ())


def test_bands_that_the_warehouse_has_lead_to_the_same_copies(report: Make) -> None:
    stored = [report(f"s{n}", f"Headline {n}", TEXT if n % 2 else TEXT[::-1], hours=-n) for n in range(6)]
    new = [report("a", "Ships sail", TEXT), report("b", "Bakers win a prize", TEXT[::-1]), report("c", "Snow", "")]
    bands = {one.article_id: copies.fingerprint(one).bands for one in new}
    shared = {band for held in bands.values() for band in held}
    known = {one.article_id: [b for b in copies.fingerprint(one).bands if b in shared] for one in stored}

    found = copies.find_copies(new, stored, bands | known)

    assert found == copies.find_copies(new, stored)
    assert found.originals.keys() == {"a", "b"}


def test_copies_of_real_texts_are_found_as_a_reader_labelled_them(shared_data: Path) -> None:
    pairs = Path(__file__).parent / "copy_pairs.csv"

    (section,) = scorecard.copy_sections([pairs], sorted((shared_data / "news").glob("*.jsonl.gz")))

    _, precision, recall, _ = section.rows[0]
    assert precision >= 0.98
    assert recall >= 0.95


def test_a_pair_whose_articles_are_not_given_is_told(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("left_id,right_id,verdict\na,b,copy\n", encoding="utf-8")

    with pytest.raises(InputError, match="a among them"):
        list(scorecard.copy_sections([pairs], []))


@pytest.mark.parametrize("count", [100, 400])
def test_comparisons_grow_with_the_texts_that_are_alike_alone(count: int, report: Make) -> None:
    reports = [report(f"r{n}", f"w{n} x{n} y{n} z{n} v{n}", hours=n % 40) for n in range(count)]

    met = list(copies.meetings([copies.fingerprint(r) for r in reports], [], {}))

    assert len(met) <= count // 20
