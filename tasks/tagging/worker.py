"""A labelling process: takes texts from a connection, and sends their labels and languages back.

Run as `python -P -m tasks.tagging.worker DESCRIPTOR` by `tasks.tagging.pool`, never by hand.
"""

from __future__ import annotations

import pickle
import signal
import sys
from multiprocessing.connection import Connection

from tasks.tagging import labelling
from tasks.tagging.labelling import Text


def serve(connection: Connection) -> None:
    """Answer each portion of texts with its verdicts, until the other side hangs up."""
    while True:
        try:
            texts = [Text(*values) for values in pickle.loads(connection.recv_bytes())]  # noqa: S301 - from our parent
        except EOFError:
            return
        connection.send_bytes(pickle.dumps(labelling.judge(texts), pickle.HIGHEST_PROTOCOL))


def main() -> None:
    """Serve on the descriptor given on the command line."""
    # Ctrl-C reaches the whole group of processes; the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Connection(int(sys.argv[1])) as connection:
        serve(connection)


if __name__ == "__main__":
    main()
