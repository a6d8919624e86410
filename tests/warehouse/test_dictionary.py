"""The pages of docs/ that are made from the code are what the code makes."""

from __future__ import annotations

from pathlib import Path

from warehouse import dictionary

DOCS = Path(__file__).parents[2] / "docs"


def test_the_data_dictionary_is_up_to_date() -> None:
    page = (DOCS / "warehouse.md").read_text(encoding="utf-8")
    assert page == dictionary.warehouse_page(), "run `python -m warehouse.dictionary`"


def test_the_page_of_settings_is_up_to_date() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert page == dictionary.settings_page(), "run `python -m warehouse.dictionary`"
