"""A press for the tests of reporting, and a busy one that is published once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.reporting.press import NOW, Press, evidence


@pytest.fixture
def press(tmp_path: Path) -> Press:
    return Press(tmp_path)


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Press:
    """A week of the affair with everything that a page can show; for tests that only read what was written."""
    press = Press(tmp_path_factory.mktemp("busy"))
    press.outlet("agency", name="State Agency", country="VE", kind="wire", state_affiliated=True)
    press.outlet("review", name="Caracas Review", country="VE", kind="newspaper")
    press.add("core.topics", topic="energy", name_en="Energy", name_es="Energía")
    press.add("core.topics", topic="diplomacy", name_en="Diplomacy", name_es="Diplomacia")
    press.add("core.actors", actor_id="pdvsa", name_en="PDVSA", name_es="PDVSA", side="VE")
    for n in range(40):
        title = f"Washington and Caracas discuss PDVSA cargo {n}"
        press.article(
            f"a{n}",
            title,
            at=NOW - timedelta(hours=4 * n + 1),
            summary_text="Talks about oil go on.",
            topics={
                "energy": [evidence(title, "PDVSA")],
                "diplomacy": [evidence("Talks about oil", "Talks", "summary")],
            },
            actors={"pdvsa": evidence(title, "PDVSA")},
            relevance_evidence=[evidence(title, "Washington"), evidence(title, "Caracas")],
        )
        words = [evidence(title, word) for word in ("Washington", "discuss", "Caracas")]
        press.event(f"a{n}", "US", "CONSULT", "VE", is_reciprocal=True, evidence=words,
                    event_date=(NOW - timedelta(hours=4 * n + 1)).date())  # fmt: skip
    press.article("copy", "Washington y Caracas hablan", at=NOW - timedelta(minutes=30), story="s-a0",
                  outlet_id="agency", language="es", copy_of_article_id="a0")  # fmt: skip
    press.wording("a3", 2, "Washington and Caracas argue over PDVSA cargo 3", NOW - timedelta(hours=9))
    press.feed("wire")
    press.feed("mute", outlet_id="review", status="failing", status_reason="HTTP 403", consecutive_failures=4)
    press.polls("wire", NOW - timedelta(days=6), NOW - timedelta(days=4))
    press.polls("wire", NOW - timedelta(days=2), NOW)
    press.polls("mute", NOW - timedelta(days=1), NOW, outcome="failed")
    press.site()
    return press
