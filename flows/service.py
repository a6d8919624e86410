"""The Prefect side of one machine: finding a server, starting one, and `usven up`, which runs all of it.

Prefect's own temporary server is never used: it takes half a minute, and prints tracebacks as it stops.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warehouse import lock
from warehouse.errors import ServiceError
from warehouse.settings import Settings

PROJECT = Path(__file__).resolve().parents[1]
POOL = "usven"
HOST = "127.0.0.1"
PORT = 4200
RUNS_KEPT_DAYS = 30
_START_SECONDS = 90.0
_STOP_SECONDS = 15.0
_PROBE_SECONDS, _ANSWER_SECONDS = 5.0, 30.0
# On SQLite, of two requests that write at once the server refuses one, with 503, and is to be asked again.
_BUSY_SECONDS, _BUSY_PAUSE_SECONDS = 60.0, 0.5
_MOST_RESTARTS, _RESTART_SPAN_SECONDS = 5, 600.0
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux

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
    """The server that answers at `PREFECT_API_URL`, or the one that `usven up` runs for this data folder.

    Raises:
        ServiceError: it asks for a login that the environment does not have.
    """
    for api_url in filter(None, (environ.get("PREFECT_API_URL"), _recorded(settings))):
        if answers(api_url):
            _asked(api_url, "admin/version", environ=environ)
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
    login = _login(os.environ)
    return ({"PREFECT_API_AUTH_STRING": login} if login else {}) | {
        "PREFECT_HOME": str(prefect_home(settings)),
        "PREFECT_API_URL": api_url,
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_CLI_COLORS": "false",
        # A run whose process is gone is noticed by the heartbeat that it no longer has.
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "USVEN_DATA": str(settings.data.resolve()),
    }


@contextmanager
def server(settings: Settings, *, port: int, host: str = HOST) -> Iterator[Server]:
    """A Prefect server of our own while the block runs.

    Raises:
        ServiceError: the port is taken, or the server does not come to answer.
    """
    with _served(settings, port=port, host=host) as (running, _):
        yield running


def up(settings: Settings, *, port: int, host: str = HOST, say: Say) -> None:
    """Server, deployments, automations and worker until interrupted; a first run starts at once.

    A part that ends by itself is started again.

    Raises:
        WarehouseBusy: it runs already for this data folder.
        ServiceError: a part cannot be started, or ends again and again; or the host is open to others and no login set.
    """
    _demand_login(host)
    with lock.exclusive(settings.data / "up.lock", "usven up"), _stopped_by_signals(), ExitStack() as parts:
        say("Starting the Prefect server …")
        running, prefect = parts.enter_context(_served(settings, port=port, host=host))
        _crash_orphans(running.api_url)
        environment = client_environment(settings, running.api_url)
        command = ["worker", "start", "--pool", POOL, "--type", "process", "--name", "usven"]
        worker = parts.enter_context(_child(settings, "worker", command, environment))
        _await(worker, lambda: _asked(running.api_url, f"work_pools/{POOL}"))
        say("Registering deployments and automations …")
        _run(environment, "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(PROJECT / "prefect.yaml"))
        _run(environment, "flows.cli", "automations", "apply")
        _start_monitor(running.api_url)
        say(f"Running. The runs can be watched at {Server(_api_url(host, port)).ui_url}")
        say(f"Logs: {worker.log.parent}. Ctrl-C ends all of it.")
        _keep_alive((prefect, worker), say)


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class _Child:
    """A Prefect process in a group of its own, with a log of its own."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self, mode: str) -> None:
        """Start it, with the log begun anew ("wb") or gone on with ("ab")."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open(mode) as out:
            self.process = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, "-m", "prefect", *self.command],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=PROJECT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    def end(self) -> None:
        """End it and all its children."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_STOP_SECONDS)


@contextmanager
def _child(settings: Settings, name: str, command: list[str], environment: Mapping[str, str]) -> Iterator[_Child]:
    """A Prefect process while the block runs."""
    child = _Child(name, command, environment, settings.data.resolve() / "logs" / f"{name}.log")
    child.start("wb")
    try:
        yield child
    finally:
        child.end()


@contextmanager
def _served(settings: Settings, *, port: int, host: str) -> Iterator[tuple[Server, _Child]]:
    """A Prefect server of our own with its process."""
    _demand_free(host, port)
    api_url = _api_url(HOST if _is_any(host) else host, port)
    environment = client_environment(settings, api_url) | {
        "PREFECT_SERVER_API_HOST": host,
        "PREFECT_SERVER_API_PORT": str(port),
        # Its pages ask the server that they came from, by whatever name and port it was reached.
        "PREFECT_SERVER_UI_API_URL": "/api",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # Each run leaves some 200 KB in the server's database, which by itself it keeps for good.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(RUNS_KEPT_DAYS * 86_400),
        # In memory, the slot of a worker that was stopped while a run was pending would be lost for good.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    }
    command = ["server", "start", "--host", host, "--port", str(port)]
    with _child(settings, "server", command, environment) as child:
        _await(child, lambda: answers(api_url))
        record = _record_path(settings)
        record.write_text(json.dumps({"api_url": api_url}), encoding="utf-8")
        try:
            yield Server(api_url), child
        finally:
            record.unlink(missing_ok=True)


def _keep_alive(children: tuple[_Child, ...], say: Say) -> None:
    """Start again whichever child ends, until one ends too often."""
    ends: deque[float] = deque(maxlen=_MOST_RESTARTS)
    while True:
        time.sleep(1.0)
        for child in children:
            if child.process.poll() is None:
                continue
            now = time.monotonic()
            if len(ends) == _MOST_RESTARTS and now - ends[0] < _RESTART_SPAN_SECONDS:
                raise ServiceError(f"The {child.name} ends again and again; {child.log} says why.")
            ends.append(now)
            say(f"The {child.name} ended by itself (status {child.process.returncode}); it is started again.")
            child.end()
            child.start("ab")


def _die_with_parent() -> None:
    """Ask the system to end this process with the one that started it, even where that one is killed."""
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGTERM)


def _await(child: _Child, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not is_ready():
        if child.process.poll() is not None:
            raise ServiceError(f"The {child.name} ended while it started; {child.log} says why.")
        if time.monotonic() > deadline:
            raise ServiceError(f"The {child.name} did not come up in {_START_SECONDS:.0f} seconds; see {child.log}.")
        time.sleep(0.2)


def _run(environment: Mapping[str, str], module: str, *command: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", module, *command],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=False,
    )
    if done.returncode != 0:
        raise ServiceError(f"`{module} {' '.join(command)}` failed: {(done.stderr or done.stdout).strip()[-500:]}")


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


# --- who may come in ---------------------------------------------------------------------------


def _login(environ: Mapping[str, str]) -> str | None:
    """Name and password for the server, as a client has them, or as the server that is to be started."""
    return environ.get("PREFECT_API_AUTH_STRING") or environ.get("PREFECT_SERVER_API_AUTH_STRING") or None


def _demand_login(host: str) -> None:
    login = os.environ.get("PREFECT_SERVER_API_AUTH_STRING", "")
    if not _is_loopback(host) and ":" not in login:
        raise ServiceError(
            f"--host {host} opens the Prefect server to others, who could run code with it. Set "
            "PREFECT_SERVER_API_AUTH_STRING to NAME:PASSWORD first, and put a proxy with TLS before it."
        )


def _crash_orphans(api_url: str) -> None:
    """Mark runs as crashed that were going on when the worker before this one ended, so that they are repeated.

    Nobody else would: nothing is left that could miss their heartbeat, and they would keep later runs out for good.
    """
    going_on = {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}}
    for run in _asked(api_url, "flow_runs/filter", {"flow_runs": going_on, "work_pools": {"name": {"any_": [POOL]}}}):
        state = {"type": "CRASHED", "name": "Crashed", "message": "Its worker ended with `usven up`."}
        _asked(api_url, f"flow_runs/{run['id']}/set_state", {"state": state, "force": True})


def _start_monitor(api_url: str) -> None:
    monitor = _asked(api_url, "deployments/name/monitor/monitor")
    _asked(api_url, f"deployments/{monitor['id']}/create_flow_run", {})


def _asked(
    api_url: str, path: str, given: dict[str, Any] | None = None, *, environ: Mapping[str, str] = os.environ
) -> Any:
    """The server's answer to a question, or to what it is given; None where there is no such thing yet.

    Asked this way, because a process that imports Prefect for it takes seconds. A server that is busy is asked again.

    Raises:
        ServiceError: the server does not answer, asks for a login that the environment does not have, or refuses.
    """
    login = _login(environ)
    headers = {"Content-Type": "application/json"}
    if login:
        headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    body = None if given is None else json.dumps(given).encode()
    request = urllib.request.Request(f"{api_url}/{path}", data=body, headers=headers)  # noqa: S310
    try:
        return _answer(request, deadline=time.monotonic() + _BUSY_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        if error.code == 401:
            raise ServiceError(
                f"The Prefect server at {api_url} asks for a login. Set PREFECT_API_AUTH_STRING to its NAME:PASSWORD."
            ) from error
        raise ServiceError(f"The Prefect server at {api_url} answers {error.code} to {path}.") from error
    except OSError as error:
        raise ServiceError(f"The Prefect server at {api_url} does not answer: {error}.") from error


def _answer(request: urllib.request.Request, deadline: float) -> Any:
    while True:
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as reply:  # noqa: S310
                return json.load(reply)
        except urllib.error.HTTPError as error:
            if error.code != 503 or time.monotonic() > deadline:
                raise
        time.sleep(_BUSY_PAUSE_SECONDS)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _api_url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/api"
