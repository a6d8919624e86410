"""A process that runs functions for its parent: takes each with its arguments from a connection, sends back the result.

Run as `python -P -m tasks.worker DESCRIPTOR` by `tasks.workers`, never by hand.
"""

from __future__ import annotations

import pickle
import signal
import sys
from multiprocessing.connection import Connection

from tasks.pickling import pickled
from warehouse.errors import UsvenError


def serve(connection: Connection) -> None:
    """Answer each call with its result, or an error that is told to users, until the other side hangs up."""
    while True:
        try:
            function, arguments = pickle.loads(connection.recv_bytes())  # noqa: S301 - from our parent
        except (EOFError, ConnectionResetError):
            return
        try:
            result = function(*arguments)
        except UsvenError as error:
            result = error
        connection.send_bytes(pickled(result))


def main() -> None:
    """Serve on the descriptor given on the command line."""
    # Ctrl-C reaches the whole group of processes; the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Connection(int(sys.argv[1])) as connection:
        serve(connection)


if __name__ == "__main__":
    main()
