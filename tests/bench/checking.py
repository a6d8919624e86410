"""How long `usven check` takes, by the number of articles.

python -m tests.bench.checking [ARTICLES...]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.bench import large
from warehouse import database, laws


def main() -> None:
    print(
        "| articles | MB | seconds | slowest law | its seconds | broken |\n| ---: | ---: | ---: | --- | ---: | ---: |"
    )
    for count in map(int, sys.argv[1:] or ("10000", "100000", "1000000")):
        with tempfile.TemporaryDirectory() as folder:
            warehouse = Path(folder) / "usven.duckdb"
            large.make(warehouse, count)
            with database.reading(warehouse) as connection:
                took = {}
                for law in laws.LAWS:
                    began = time.perf_counter()
                    found = laws.check(connection, [law])[0]
                    took[law.name] = time.perf_counter() - began, found.holds
            slowest = max(took, key=lambda name: took[name][0])
            broken = sum(not holds for _, holds in took.values())
            print(
                f"| {count:,} | {warehouse.stat().st_size / 1e6:.0f} | {sum(s for s, _ in took.values()):.1f} "
                f"| {slowest} | {took[slowest][0]:.1f} | {broken} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
