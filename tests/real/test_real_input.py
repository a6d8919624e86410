"""Real feeds and real news, by the commands that a user types; skipped where they are not at hand."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import service
from tests.publisher import Publisher
from warehouse.settings import Settings

PUBLISHERS = (
    "Angyeligena__news-feeds",
    "evilgodfahim__wl",
    "gesab001__headlines",
    "greatfire__feeds",
    "jmanuelbr__chrome-extension",
    "koshkarik__react-tests-workshop",
    "tujmon__noticias-xml",
)


class Usven:
    """The command line with a data folder of its own and, where one is given, a Prefect server."""

    def __init__(self, data: Path, api_url: str | None = None) -> None:
        self._environment = {n: v for n, v in os.environ.items() if not n.startswith(("USVEN_", "PREFECT_"))} | {
            "USVEN_DATA": str(data),
            "USVEN_ALLOW_ADDRESSES": "127.0.0.1",
            "USVEN_HOST_DELAY_SECONDS": "0",
            "USVEN_PER_HOST": "16",
        }
        if api_url:
            self._environment["PREFECT_API_URL"] = api_url

    def json(self, *arguments: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli", *arguments, "--json"],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def rows(self, query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json("sql", query)["rows"]
        return found


@pytest.fixture(scope="module")
def captures(shared_data: Path) -> Iterator[Publisher]:
    """All captured documents of publishers, each at an address of its own."""
    with Publisher().running() as publisher:
        for name in PUBLISHERS:
            for path in sorted((shared_data / "feeds" / name).rglob("*")):
                if path.is_file():
                    publisher.documents[path.relative_to(shared_data / "feeds").as_posix().replace(" ", "-")] = (
                        path.read_bytes()
                    )
        yield publisher


def test_two_passes_of_the_flow_over_real_captures_and_the_second_adds_nothing(
    captures: Publisher, tmp_path: Path
) -> None:
    feeds = tmp_path / "feeds.csv"
    out = io.StringIO()
    csv.writer(out).writerows([["url"], *([captures.url(path)] for path in sorted(captures.documents))])
    feeds.write_text(out.getvalue())
    settings = Settings(data=tmp_path / "data")
    with service.server(settings, port=service.free_port()) as server:
        usven = Usven(settings.data, server.api_url)
        first = usven.json("run", "--feeds", str(feeds), "--all")
        tables = ("raw.entries", "raw.entry_revisions", "core.articles", "core.stories", "core.article_topics")
        counts = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table}) AS {table[5:]}" for table in tables)
        before = usven.rows(counts)
        second = usven.json("run", "--feeds", str(feeds), "--all")
    assert first["feeds"]["due"] == len(captures.documents)
    assert first["feeds"]["fetched"] >= 0.9 * len(captures.documents)
    assert first["relevant_new"] > 20
    assert (second["entries"]["new"], second["entries"]["revised"], second["articles_new"]) == (0, 0, 0)
    assert usven.rows(counts) == before
    assert usven.json("check")["holds"] is True
    assert usven.rows("SELECT count(*) AS n FROM raw.runs WHERE prefect_flow_run_id IS NOT NULL") == [{"n": 2}]


def test_real_news_comes_in_by_import_and_every_law_holds(shared_data: Path, tmp_path: Path) -> None:
    usven = Usven(tmp_path / "data")
    news = shared_data / "news" / "venezuela.jsonl.gz"
    found = usven.json("import", str(news))
    assert found["entries"]["new"] == 5_239
    assert 0.3 < found["relevant_new"] / found["articles_new"] < 0.9
    assert usven.json("import", str(news))["entries"]["new"] == 0
    assert usven.json("check")["holds"] is True


def test_the_article_that_began_it_is_relevant_and_names_its_main_actors(shared_data: Path, tmp_path: Path) -> None:
    text = (shared_data / "seed" / "000_626536560e6449d0.txt").read_text(encoding="utf-8")
    expected = json.loads((shared_data / "seed" / "expected.json").read_text(encoding="utf-8"))
    title, _, rest = text.partition("\n")
    item = {"id": "seed", "title": title, "text": rest.strip(), "source": expected["outlet"], "published": "2025-11-30"}
    (tmp_path / "seed.jsonl").write_text(json.dumps(item), encoding="utf-8")
    usven = Usven(tmp_path / "data")
    usven.json("import", str(tmp_path / "seed.jsonl"))
    assert usven.rows("SELECT relevance_level, language FROM core.articles") == [
        {"relevance_level": expected["level"], "language": "en"}
    ]
    actors = {
        row["name_en"]
        for row in usven.rows("SELECT DISTINCT name_en FROM core.article_actors JOIN core.actors USING (actor_id)")
    }
    assert {"Donald Trump", "Nicolás Maduro", "Marco Rubio", "White House", "Cartel de los Soles"} <= actors
