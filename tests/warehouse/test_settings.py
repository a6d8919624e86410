"""Settings: where each comes from, which wins, and what is refused with which words."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from warehouse.errors import SettingsError
from warehouse.settings import Settings, load


def _file(folder: Path, text: str) -> Path:
    (folder / "usven.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_anything_given_the_defaults_hold(tmp_path: Path) -> None:
    assert load({}, directory=tmp_path) == Settings()


def test_the_warehouse_its_copy_and_the_archive_lie_in_the_data_folder(tmp_path: Path) -> None:
    settings = load({"USVEN_DATA": str(tmp_path)}, directory=tmp_path)
    assert settings.warehouse_path == tmp_path / "usven.duckdb"
    assert settings.published_path == tmp_path / "usven-read.duckdb"
    assert settings.archive_url == str(tmp_path / "archive")
    assert settings.report_dir == tmp_path / "report"


@pytest.mark.parametrize("name", ["report", "backup", "archive"])
def test_what_others_are_to_find_may_lie_elsewhere(tmp_path: Path, name: str) -> None:
    settings = load({f"USVEN_{name.upper()}": str(tmp_path / "shared")}, directory=tmp_path)
    found = {"report": settings.report_dir, "backup": settings.backup_dir, "archive": Path(settings.archive_url)}
    assert found[name] == tmp_path / "shared"
    assert not any(path.is_relative_to(tmp_path) for other, path in found.items() if other != name)


def test_the_published_copy_lies_beside_a_warehouse_that_is_elsewhere(tmp_path: Path) -> None:
    settings = load({"USVEN_WAREHOUSE": str(tmp_path / "press.db")}, directory=tmp_path)
    assert settings.published_path == tmp_path / "press-read.db"


@pytest.mark.parametrize("name", ["data", "warehouse"])
def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = load({}, directory=tmp_path, **{name: "~/press"})
    assert settings.warehouse_path.is_relative_to(tmp_path / "press")


def test_the_environment_wins_over_the_file_and_an_argument_over_both(tmp_path: Path) -> None:
    folder = _file(tmp_path, "concurrency = 3\nper_host = 3\nmax_redirects = 3\n")
    settings = load({"USVEN_PER_HOST": "4", "USVEN_MAX_REDIRECTS": "4"}, directory=folder, max_redirects=5)
    assert (settings.concurrency, settings.per_host, settings.max_redirects) == (3, 4, 5)


def test_an_argument_that_was_not_given_overrides_nothing(tmp_path: Path) -> None:
    assert load({"USVEN_CONTACT": "a@b.example"}, directory=tmp_path, contact=None).contact == "a@b.example"


def test_variables_of_other_programs_are_let_be(tmp_path: Path) -> None:
    assert load({"PATH": "/bin", "MY_USVEN_DATA": "x"}, directory=tmp_path) == Settings()


@pytest.mark.parametrize("name", [f.name for f in fields(Settings)])
def test_every_setting_has_a_variable_of_its_name(tmp_path: Path, name: str) -> None:
    value = {"group": "all", "search": "all", "full_text": "no", "site_url": "https://x.example"}.get(name, "7")
    assert getattr(load({f"USVEN_{name.upper()}": value}, directory=tmp_path), name) != getattr(Settings(), name)


def test_the_address_of_the_site_is_one_of_the_web(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="https://"):
        load({"USVEN_SITE_URL": "news.example.org"}, directory=tmp_path)


@pytest.mark.parametrize("given", ["127.0.0.1:80, ::1 10.0.0.0/8", "127.0.0.1:80,::1,10.0.0.0/8"])
def test_a_list_in_the_environment_is_parted_by_commas_or_spaces(tmp_path: Path, given: str) -> None:
    settings = load({"USVEN_ALLOW_ADDRESSES": given}, directory=tmp_path)
    assert settings.allow_addresses == ("127.0.0.1:80", "::1", "10.0.0.0/8")


@pytest.mark.parametrize("given", ['["127.0.0.1:80", "::1"]', '"127.0.0.1:80 ::1"'])
def test_a_list_in_the_file_is_an_array_or_one_text(tmp_path: Path, given: str) -> None:
    folder = _file(tmp_path, f"allow_addresses = {given}\n")
    assert load({}, directory=folder).allow_addresses == ("127.0.0.1:80", "::1")


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [("USVEN_CONCURENCY", "USVEN_CONCURRENCY"), ("USVEN_TIMEOUT_SECONDS", "USVEN_FEED_TIMEOUT_SECONDS")],
)
def test_an_unknown_variable_is_refused_with_the_nearest_name(tmp_path: Path, variable: str, nearest: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable}: .*Did you mean {nearest}"):
        load({variable: "1"}, directory=tmp_path)


def test_an_unknown_name_near_to_none_is_refused_with_all_names(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"xyzzy in .*usven\.toml: .*Known: alerts, .*warehouse"):
        load({}, directory=_file(tmp_path, "xyzzy = 1\n"))


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("concurrency", '"many"', "a whole number"),
        ("concurrency", "2.5", "a whole number"),
        ("concurrency", "true", "a whole number"),
        ("concurrency", "inf", "a whole number"),
        ("concurrency", "[1]", "a whole number"),
        ("host_delay_seconds", '"soon"', "a number"),
        ("host_delay_seconds", "true", "a number"),
        ("contact", "5", "text"),
        ("contact", '["a"]', "text"),
        ("warehouse", "true", "text"),
        ("data", "5", "a folder"),
        ("data", '""', "a folder"),
        ("data", '"~nobody-of-that-name/x"', "a folder"),
        ("allow_addresses", "5", "a list of addresses"),
        ("allow_addresses", "[1, 2]", "a list of addresses"),
        ("full_text", '"perhaps"', "on or off"),
        ("group", '"some"', "'relevant' or 'all'"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_its_name(tmp_path: Path, name: str, value: str, kind: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name} in .*: .* is not {kind}\.$"):
        load({}, directory=_file(tmp_path, f"{name} = {value}\n"))


@pytest.mark.parametrize("name", ["MAX_BODY_BYTES", "FEED_TIMEOUT_SECONDS", "CONCURRENCY", "PER_HOST", "MAX_ENTRIES"])
def test_a_limit_of_nothing_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"USVEN_{name}: '0' is out of range; it must be above 0"):
        load({f"USVEN_{name}": "0"}, directory=tmp_path)


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "1e999"])
def test_a_delay_that_is_no_time_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(SettingsError, match="USVEN_HOST_DELAY_SECONDS: .* is out of range; it must be at least 0"):
        load({"USVEN_HOST_DELAY_SECONDS": value}, directory=tmp_path)


def test_no_delay_and_no_redirects_are_allowed(tmp_path: Path) -> None:
    settings = load({"USVEN_HOST_DELAY_SECONDS": "0", "USVEN_MAX_REDIRECTS": "0"}, directory=tmp_path)
    assert (settings.host_delay_seconds, settings.max_redirects) == (0.0, 0)


@pytest.mark.parametrize(("given", "meant"), [("no", False), ("OFF", False), ("0", False), ("true", True), ("1", True)])
def test_a_switch_is_on_or_off(tmp_path: Path, given: str, meant: bool) -> None:
    assert load({"USVEN_FULL_TEXT": given}, directory=tmp_path).full_text is meant
    assert load({}, directory=_file(tmp_path, "full_text = false\n")).full_text is False


def test_a_whole_number_does_for_a_number_and_a_round_one_for_a_whole_one(tmp_path: Path) -> None:
    settings = load({}, directory=_file(tmp_path, "host_delay_seconds = 2\nconcurrency = 8.0\n"))
    assert (settings.host_delay_seconds, settings.concurrency) == (2.0, 8)


@pytest.mark.parametrize("content", [b"concurrency = ", b"contact = '\xff'"])
def test_a_file_that_is_no_toml_is_refused_by_its_path(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "usven.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"usven\.toml is not valid TOML: .* Mend the file or remove it"):
        load({}, directory=tmp_path)
