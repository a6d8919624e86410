"""The Prefect side of one machine: finding a server, starting one, and `usven up`, which runs all of it.

Prefect's own temporary server is never used: it takes half a minute, and prints tracebacks as it stops.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from warehouse import lock
from warehouse.errors import ServiceError
from warehouse.settings import Settings

PROJECT = Path(__file__).resolve().parents[1]
POOL = "usven"
HOST = "127.0.0.1"
PORT = 4200
_START_SECONDS = 90.0
_STOP_SECONDS = 15.0
_PROBE_SECONDS = 1.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Server:
    """A Prefect server that answers."""

    api_url: str

    @property
    def ui_url(self) -> str:
        return self.api_url.removesuffix("/api")


def prefect_home(settings: Settings) -> Path:
    """Folder of the server's database, shared by `up` and `demo` so that the runs of both can be looked at later."""
    return settings.data.resolve() / "prefect"


def find_server(settings: Settings, environ: Mapping[str, str] = os.environ) -> Server | None:
    """The server that answers at `PREFECT_API_URL`, or the one that `usven up` runs for this data folder."""
    for api_url in filter(None, (environ.get("PREFECT_API_URL"), _recorded(settings))):
        if answers(api_url):
            return Server(api_url)
    return None


def answers(api_url: str) -> bool:
    """Whether a Prefect server is healthy at an address."""
    request = urllib.request.Request(f"{api_url}/health")  # noqa: S310 - the operator's own setting
    try:
        with urllib.request.urlopen(request, timeout=_PROBE_SECONDS) as reply:  # noqa: S310
            return bool(reply.read(5) == b"true")
    except (OSError, ValueError):
        return False


def client_environment(settings: Settings, api_url: str) -> dict[str, str]:
    """What a process needs in its environment to talk to a server: no outside connection, no server of its own."""
    return {
        "PREFECT_HOME": str(prefect_home(settings)),
        "PREFECT_API_URL": api_url,
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_CLI_COLORS": "false",
        "USVEN_DATA": str(settings.data.resolve()),
    }


@contextmanager
def server(settings: Settings, *, port: int, host: str = HOST) -> Iterator[Server]:
    """A Prefect server of our own while the block runs.

    Raises:
        ServiceError: the port is taken, or the server does not come to answer.
    """
    _demand_free(host, port)
    api_url = f"http://{host}:{port}/api"
    environment = client_environment(settings, api_url) | {
        "PREFECT_SERVER_API_HOST": host,
        # Without it the pages would call port 4200 whatever --port says.
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # In memory, the slot of a worker that was stopped while a run was pending would be lost for good.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    }
    command = ["server", "start", "--host", host, "--port", str(port)]
    with _child(settings, "server", command, environment) as process:
        _await(process, lambda: answers(api_url), _log_path(settings, "server"))
        record = _record_path(settings)
        record.write_text(json.dumps({"api_url": api_url, "process": process.pid}), encoding="utf-8")
        try:
            yield Server(api_url)
        finally:
            record.unlink(missing_ok=True)


def up(settings: Settings, *, port: int, say: Say) -> None:
    """Server, deployments and worker until interrupted; a first run starts at once.

    Raises:
        WarehouseBusy: it runs already for this data folder.
        ServiceError: a part cannot be started, or ended by itself.
    """
    with lock.exclusive(settings.data / "up.lock", "usven up"), _stopped_by_signals():
        say("Starting the Prefect server …")
        with server(settings, port=port) as running:
            environment = client_environment(settings, running.api_url)
            command = ["worker", "start", "--pool", POOL, "--type", "process", "--name", "usven"]
            with _child(settings, "worker", command, environment) as worker:
                _await(
                    worker, lambda: _succeeds(environment, "work-pool", "inspect", POOL), _log_path(settings, "worker")
                )
                say("Registering the deployments …")
                _run(environment, "--no-prompt", "deploy", "--all", "--prefect-file", str(PROJECT / "prefect.yaml"))
                _run(environment, "deployment", "run", "monitor/monitor")
                say(f"Running. The runs can be watched at {running.ui_url}")
                say(f"Logs: {_log_path(settings, 'server').parent}. Ctrl-C ends all of it.")
                worker.wait()
                raise ServiceError(f"The worker ended by itself; {_log_path(settings, 'worker')} says why.")


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def _child(
    settings: Settings, name: str, command: list[str], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A Prefect process in a group of its own, which is ended with the block, its children included."""
    log = _log_path(settings, name)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-m", "prefect", *command],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=PROJECT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)


def _await(process: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not is_ready():
        if process.poll() is not None:
            raise ServiceError(f"A Prefect process ended while it started; {log} says why.")
        if time.monotonic() > deadline:
            raise ServiceError(f"A Prefect process did not come up in {_START_SECONDS:.0f} seconds; see {log}.")
        time.sleep(0.2)


def _run(environment: Mapping[str, str], *command: str) -> None:
    done = _prefect(environment, *command)
    if done.returncode != 0:
        raise ServiceError(f"`prefect {' '.join(command)}` failed: {(done.stderr or done.stdout).strip()[-500:]}")


def _succeeds(environment: Mapping[str, str], *command: str) -> bool:
    return _prefect(environment, *command).returncode == 0


def _prefect(environment: Mapping[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "prefect", *command],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=False,
    )


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Both signals that ask for an end interrupt the block, so that the children are ended too.

    Ctrl-C is among them because a shell that starts us in the background has it ignored.
    """

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {sign: signal.signal(sign, interrupt) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _demand_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServiceError(
                f"{host}:{port} is taken ({error.strerror}). Choose another port with --port."
            ) from error


def _recorded(settings: Settings) -> str | None:
    try:
        return str(json.loads(_record_path(settings).read_text(encoding="utf-8"))["api_url"])
    except (OSError, ValueError, KeyError):
        return None


def _record_path(settings: Settings) -> Path:
    return prefect_home(settings) / "server.json"


def _log_path(settings: Settings, name: str) -> Path:
    return settings.data.resolve() / "logs" / f"{name}.log"
