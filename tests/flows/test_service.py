"""Finding a Prefect server and being let in, without one: a loopback server that answers as it would."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flows import service
from warehouse.errors import ServiceError
from warehouse.settings import Settings

LOGIN = "desk:long-password"


class _Guarded(BaseHTTPRequestHandler):
    """Healthy for everybody, and otherwise there for those with the login, once it is not busy any more."""

    busy_answers = 0

    def do_GET(self) -> None:
        expected = f"Basic {base64.b64encode(LOGIN.encode()).decode()}"
        is_open = self.path == "/api/health"
        is_let_in = is_open or self.headers.get("Authorization") == expected
        body = b"true" if is_open else b'"3.8.8"'
        if is_let_in and not is_open and _Guarded.busy_answers:
            _Guarded.busy_answers -= 1
            self.send_response(503)
        else:
            self.send_response(200 if is_let_in else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Guarded)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/api"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", ["PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"])
def test_a_server_with_a_login_is_found_by_whoever_has_it(api_url: str, settings: Settings, name: str) -> None:
    found = service.find_server(settings, {"PREFECT_API_URL": api_url, name: LOGIN})
    assert found == service.Server(api_url)


@pytest.mark.parametrize("login", [{}, {"PREFECT_API_AUTH_STRING": "desk:wrong"}])
def test_without_the_login_the_way_to_give_it_is_told(api_url: str, settings: Settings, login: dict[str, str]) -> None:
    with pytest.raises(ServiceError, match="Set PREFECT_API_AUTH_STRING"):
        service.find_server(settings, {"PREFECT_API_URL": api_url} | login)


def test_a_busy_server_is_asked_again(api_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Guarded, "busy_answers", 2)
    found = service.find_server(settings, {"PREFECT_API_URL": api_url, "PREFECT_API_AUTH_STRING": LOGIN})
    assert (found, _Guarded.busy_answers) == (service.Server(api_url), 0)


def test_where_no_server_answers_none_is_found(settings: Settings) -> None:
    nobody = f"http://127.0.0.1:{service.free_port()}/api"
    assert service.find_server(settings, {"PREFECT_API_URL": nobody}) is None
