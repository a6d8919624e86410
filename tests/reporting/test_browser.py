"""The site in a real browser: layout, requests, errors, hostile text, and accessibility by axe."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from tasks.reporting import brief
from tests.reporting.press import NOW, Press, evidence

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
PAGES = (
    "index.html",
    "es/index.html",
    "stories/s-a0.html",
    "stories/s-a3.html",
    "feeds.html",
    "queries.html",
    "archive/2026-11.html",
    "brief/2026-11-20.html",
)
Window = tuple[int, Literal["light", "dark"]]
WINDOWS: tuple[Window, ...] = ((360, "dark"), (1440, "light"))
HOSTILE = '<script>document.title="owned"</script><img src="https://example.org/x.png" onerror="document.title=1">'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"needs Chromium, which is not at {CHROMIUM}: apt-get install chromium (or set CHROMIUM)")
    with sync_playwright() as playwright:
        # Root may not use the sandbox; the pages are our own.
        opened = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that shows everything that it can, in hostile words wherever words come from outside."""
    press = Press(tmp_path_factory.mktemp("browser"))
    press.outlet("agency", name=f"Agency {HOSTILE}", country="VE", kind="wire", state_affiliated=True)
    press.add("core.topics", topic="energy", name_en="Energy", name_es="Energía")
    press.add("core.actors", actor_id="pdvsa", name_en="PDVSA", name_es="PDVSA", side="VE")
    for n in range(20):
        title = f"Washington and Caracas discuss PDVSA cargo {n} {HOSTILE if n % 2 else 'W' * 90}"
        press.article(f"a{n}", title, at=NOW.replace(day=20 - n // 2, hour=11), summary_text=f"Talks. {HOSTILE}",
                      topics={"energy": [evidence(title, "PDVSA")]}, actors={"pdvsa": evidence(title, "PDVSA")},
                      relevance_evidence=[evidence(title, "Washington")])  # fmt: skip
        press.event(f"a{n}", "US", "SANCTION" if n % 3 else "CONSULT", "VE", weight=-6 if n % 3 else 1,
                    evidence=[evidence(title, "Caracas")], event_date=NOW.replace(day=20 - n // 2).date())  # fmt: skip
    press.article("copy", HOSTILE, story="s-a0", outlet_id="agency", copy_of_article_id="a0")
    press.wording("a3", 2, f"Other words {HOSTILE}", NOW, summary_text=HOSTILE)
    press.feed("wire")
    press.feed("mute", outlet_id="agency", status="failing", status_reason=HOSTILE, consecutive_failures=4)
    press.polls("wire", NOW.replace(day=12), NOW.replace(day=14))
    press.polls("wire", NOW.replace(day=17), NOW)
    press.polls("mute", NOW.replace(day=19), NOW, outcome="failed")
    brief.write(press.publish(), press.folder / "report", now=NOW)
    press.site()
    return press.folder / "report"


@dataclass(frozen=True)
class Look:
    """What a browser made of a page in a window and a colour scheme."""

    title: str
    text: str
    paper: str
    overflow: int
    elements: int
    """Images and scripts."""
    noise: tuple[str, ...]
    """What the page asked for and complained of."""
    violations: tuple[str, ...]


@pytest.fixture(scope="module")
def look(browser: Browser, site: Path) -> Callable[[str, Window], Look]:
    """Looks at a page, once in each window."""

    @cache
    def at(name: str, window: Window) -> Look:
        width, scheme = window
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        noise: list[str] = []
        page.on("request", lambda made: noise.append(made.url))
        page.on("console", lambda said: noise.append(said.text))
        page.on("pageerror", lambda error: noise.append(str(error)))
        address = (site / name).as_uri()
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(found => { found.open = true })")
        found = Look(
            title=page.title(),
            text=page.locator("body").inner_text(),
            paper=page.evaluate("getComputedStyle(document.body).backgroundColor"),
            overflow=page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"),
            elements=page.locator("img, script").count(),
            noise=tuple(n for n in noise if n != address and not n.startswith("data:image/svg+xml")),
            violations=tuple(
                f"{v['impact']} {v['id']}: {v['nodes'][0]['html'][:200]}"
                for v in Axe().run(page).response["violations"]
            ),
        )
        page.close()
        return found

    return at


every_look = pytest.mark.parametrize(
    ("name", "window"), [pytest.param(name, w, id=f"{name}-{w[0]}-{w[1]}") for name in PAGES for w in WINDOWS]
)


@every_look
def test_a_page_fits_its_window(look: Callable[[str, Window], Look], name: str, window: Window) -> None:
    assert look(name, window).overflow <= 0


@every_look
def test_a_page_asks_for_nothing_and_complains_of_nothing(
    look: Callable[[str, Window], Look], name: str, window: Window
) -> None:
    assert look(name, window).noise == ()


@every_look
def test_a_page_is_accessible(look: Callable[[str, Window], Look], name: str, window: Window) -> None:
    assert look(name, window).violations == ()


@every_look
def test_hostile_text_stays_text(look: Callable[[str, Window], Look], name: str, window: Window) -> None:
    found = look(name, window)
    assert "usven" in found.title
    assert found.elements == 0
    if not name.startswith(("queries", "feeds")):
        assert "<script>document.title" in found.text


def test_a_page_follows_the_theme_of_the_system(look: Callable[[str, Window], Look]) -> None:
    assert [look("index.html", window).paper for window in WINDOWS] == ["rgb(21, 23, 26)", "rgb(251, 249, 245)"]


def test_the_keyboard_alone_leads_to_a_story(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if "stories/" in (page.evaluate("document.activeElement.getAttribute('href')") or ""):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/stories/*")
    page.close()
