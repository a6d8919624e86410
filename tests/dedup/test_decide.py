"""New, seen and revised entries, and the numbers of their wordings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tasks.dedup import claims, decide
from warehouse.model import Entry, Identified, KnownEntry, Sighting

T0 = datetime(2026, 1, 3, 6, tzinfo=UTC)


def _item(title: str, minutes: int = 0, *, entry_id: str = "e1", updated_at: datetime | None = None) -> Identified:
    entry = Entry("g", "https://uno.example/nota-1", title, updated_at=updated_at)
    return Identified(
        sighting=Sighting("uno", f"body {minutes}", T0 + timedelta(minutes=minutes), entry),
        entry_id=entry_id,
        article_id="a1",
        canonical_url="https://uno.example/nota-1",
        urls=(),
        outlet_id="uno",
        wording_sha256=claims.wording_sha256(entry),
        identity_reason="",
        article_reason="",
    )


def _known(title: str, minutes: int, revision_count: int = 1) -> dict[str, KnownEntry]:
    item = _item(title, minutes)
    entry = KnownEntry(
        "e1", "uno", "a1", item.canonical_url, title, item.sighting.seen_at, revision_count, item.wording_sha256
    )
    return {"e1": entry}


def test_an_entry_that_is_not_known_is_new_and_its_wording_is_number_one() -> None:
    decisions = decide.decide([_item("Uno")], {})
    assert [item.entry_id for item in decisions.new] == ["e1"]
    assert [wording.number for wording in decisions.revisions] == [1]
    assert decisions.revised_count == 0


def test_the_same_wording_again_is_seen_and_nothing_else() -> None:
    decisions = decide.decide([_item("Uno", 9)], _known("Uno", 0))
    assert (decisions.new, decisions.revisions) == ((), ())
    assert decisions.seen[0].last_seen_at == T0 + timedelta(minutes=9)


def test_another_wording_is_a_revision_with_the_next_number() -> None:
    decisions = decide.decide([_item("Dos", 9)], _known("Uno", 0, revision_count=3))
    assert [wording.number for wording in decisions.revisions] == [4]
    assert decisions.seen[0].revision_count == 4
    assert decisions.revised_count == 1


def test_a_headline_that_is_changed_and_changed_back_is_two_revisions() -> None:
    decisions = decide.decide([_item("Uno", 2), _item("Dos", 1)], _known("Uno", 0))
    titles = [wording.identified.sighting.entry.title for wording in decisions.revisions]
    assert titles == ["Dos", "Uno"]


def test_wordings_of_one_batch_are_numbered_in_the_order_they_were_seen() -> None:
    decisions = decide.decide([_item("Dos", 9), _item("Uno", 0), _item("Uno", 3)], {})
    numbered = [(wording.number, wording.identified.sighting.entry.title) for wording in decisions.revisions]
    assert numbered == [(1, "Uno"), (2, "Dos")]
    assert decisions.new[0].sighting.seen_at == T0


def test_of_two_wordings_seen_at_one_moment_the_one_dated_later_counts() -> None:
    older, newer = _item("Uno", updated_at=T0), _item("Dos", updated_at=T0 + timedelta(hours=1))
    decisions = decide.decide([newer, older], {})
    assert [wording.identified.sighting.entry.title for wording in decisions.revisions] == ["Dos"]


def test_a_wording_from_before_the_entry_was_last_seen_is_settled() -> None:
    decisions = decide.decide([_item("Uno", 0)], _known("Dos", 9, revision_count=2))
    assert decisions.revisions == ()
    assert decisions.seen[0].last_seen_at == T0 + timedelta(minutes=9)
    assert decisions.seen[0].wording_sha256 == _item("Dos").wording_sha256


def test_an_empty_batch_adds_nothing() -> None:
    decisions = decide.decide([], {})
    assert (decisions.new, decisions.revisions, decisions.seen) == ((), (), ())
