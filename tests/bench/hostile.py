"""What a run makes of the worst servers there are: `python -m tests.bench.hostile`.

Serves the tables of hostile servers and hostile documents of the tests, some documents of the largest size that is
taken, and ten healthy feeds, all from loopback; polls them by `usven run` and prints what became of each, the time
and the peak memory. Cases that need a name server of their own are left to the tests.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.fetching import hostile
from tests.fetching.hostile import Case, answers
from tests.fetching.server import Server, running
from tests.parsing.test_hostile import READ, REFUSED, item
from warehouse import database

LARGE = 19_000_000
"""Bytes; a little less than `USVEN_MAX_BODY_BYTES` lets through."""


def _items(count: int) -> str:
    return "".join(f"<item><guid>{n}</guid><title>Ship {n}</title></item>" for n in range(count))


DOCUMENTS: dict[str, Callable[[], str]] = {
    **REFUSED,
    **READ,
    "many items": lambda: f"<rss version='2.0'><channel>{_items(LARGE // 58)}</channel></rss>",
    "one large item": lambda: item(f"<description>{'word ' * (LARGE // 5)}</description>"),
    "large text in markup": lambda: item(f"<description>{'&lt;b&gt;a&lt;/b&gt;' * (LARGE // 22)}</description>"),
    "large nonsense": lambda: "<" * LARGE,
    "large JSON": lambda: (
        '{"version":"https://jsonfeed.org/version/1.1","title":"t","items":['
        + ",".join(f'{{"id":"{n}","title":"Ship {n}"}}' for n in range(LARGE // 40))
        + "]}"
    ),
}


def main() -> None:
    cases = {name: case for name, case in hostile.CASES.items() if not case.url and case.does}
    cases |= {
        f"document-{name}".replace(" ", "-"): Case(name, "", does=answers(make().encode()))
        for name, make in DOCUMENTS.items()
    }
    server = Server({f"/{name}": case.does for name, case in cases.items() if case.does})
    with running((server, None)), tempfile.TemporaryDirectory() as folder:
        feeds = Path(folder) / "feeds.txt"
        feeds.write_text("".join(f"{server.url(f'/{name}')}\n" for name in cases))
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli", "run", "--feeds", str(feeds), "--all", "--json", "--data", folder],
            env=_environment(server.port),
            stdout=subprocess.PIPE,
            check=False,
        )
        seconds = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        _print_outcomes(Path(folder) / "usven-read.duckdb")
        print(json.dumps(json.loads(done.stdout), indent=1))
        print(f"{len(cases)} cases, exit status {done.returncode}, {seconds:.0f} s, largest process {peak:.0f} MiB")


def _environment(port: int) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("USVEN_", "PREFECT_"))}
    return own | {
        "USVEN_ALLOW_ADDRESSES": f"127.0.0.1:{port}",
        "USVEN_HOST_DELAY_SECONDS": "0",
        "USVEN_PER_HOST": "32",
        "USVEN_FEED_TIMEOUT_SECONDS": "10",
    }


def _print_outcomes(published: Path) -> None:
    with database.reading(published) as connection:
        found = connection.execute(
            "SELECT parse_path(url)[-1], outcome, coalesce(error_kind, ''), coalesce(error_message, '') "
            "FROM raw.fetches JOIN raw.feeds USING (feed_id) ORDER BY ALL"
        ).fetchall()
    for name, outcome, kind, message in found:
        print(f"{name:44} {outcome:10} {kind:20} {message[:90]}")


if __name__ == "__main__":
    main()
