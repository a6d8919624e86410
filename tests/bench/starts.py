"""How long commands take that have nothing to do: `python -m tests.bench.starts`.

`usven status`; `usven run` with nothing due, without a Prefect server and with one; and an empty Prefect flow on that
same server, which is the measure of the last. Each runs `--reps` times; medians, by the clock and by processor.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.bench.contestants import Spent, Usven, command, measured

EMPTY_FLOW = "from prefect import flow\n@flow\ndef nothing() -> None: ...\nnothing()"


def median(arguments: list[str], environment: dict[str, str], reps: int) -> Spent:
    """Of so many runs of a command."""

    def once() -> None:
        subprocess.run(arguments, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    once()
    taken = [measured(once) for _ in range(reps)]
    return Spent(statistics.median(one.wall for one in taken), statistics.median(one.cpu for one in taken))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reps", type=int, default=5)
    reps = parser.parse_args().reps
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        served = Usven([], folder, 8, stack).environment
        alone = {name: value for name, value in served.items() if name != "PREFECT_API_URL"}
        idle = command("run", "--feeds", str(folder / "empty.txt"))
        flow = median([sys.executable, "-c", EMPTY_FLOW], served, reps)
        rows = (
            ("python, nothing", "", median([sys.executable, "-c", ""], dict(os.environ), reps)),
            ("usven status", "below 0.3 s", median(command("status"), alone, reps)),
            ("usven run, nothing due, no server", "below 1.5 s", median(idle, alone, reps)),
            ("an empty Prefect flow", "", flow),
            ("usven run, nothing due", f"at most {2 * flow.wall:.2f} s", median(idle, served, reps)),
        )
    print("| what | aim | seconds | of processors |", "|---|---|---|---|", sep="\n")
    for what, aim, spent in rows:
        print(f"| {what} | {aim} | {spent.wall:.2f} | {spent.cpu:.2f} |")


if __name__ == "__main__":
    main()
