"""Virtual hosts of a broker that was given, by its management API."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from worker.servers.given import ManagementVhosts
from worker.servers.refusal import ServersUnavailable


class Api(BaseHTTPRequestHandler):
    """Remembers what it was asked, and refuses to delete."""

    asked: ClassVar[list[tuple[str, str, str, str]]] = []

    def do_PUT(self) -> None:
        self._answer(201)

    def do_DELETE(self) -> None:
        self._answer(404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass

    def _answer(self, code: int) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append((self.command, self.path, self.headers["Authorization"], body))
        self.send_response(code)
        self.end_headers()


@pytest.fixture
def api() -> Iterator[str]:
    Api.asked.clear()
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_virtual_host_is_made_with_every_permission_for_our_user(api: str) -> None:
    ManagementVhosts(f"http://{api}/", "amqp://b%40t:s%2Fcret@mq/").add("a/b")
    login = f"Basic {base64.b64encode(b'b@t:s/cret').decode()}"
    everything = '{"configure": ".*", "write": ".*", "read": ".*"}'
    assert Api.asked == [
        ("PUT", "/api/vhosts/a%2Fb", login, "{}"),
        ("PUT", "/api/permissions/a%2Fb/b%40t", login, everything),
    ]


def test_the_management_api_may_have_a_login_of_its_own(api: str) -> None:
    ManagementVhosts(f"http://admin:key@{api}", "amqp://bot:secret@mq/").add("a")
    assert {login for _, _, login, _ in Api.asked} == {f"Basic {base64.b64encode(b'admin:key').decode()}"}


def test_a_refusal_names_what_was_asked_and_the_setting(api: str) -> None:
    with pytest.raises(ServersUnavailable) as refusal:
        ManagementVhosts(f"http://{api}", "amqp://bot:secret@mq/").delete("a")
    assert str(refusal.value) == (
        f"DELETE http://{api}/api/vhosts/a failed: HTTP Error 404: Not Found; is HANDOVER_MANAGEMENT_URL right?"
    )
