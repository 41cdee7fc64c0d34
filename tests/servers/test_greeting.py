"""A broker says its version before any login; one of another generation than was asked for is refused."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from worker.servers import Servers, ServersUnavailable, servers
from worker.servers.greeting import of_generation

POSTGRES = "postgresql://user:pass@db.example/inbox"


@contextmanager
def greeting(answer: bytes) -> Iterator[str]:
    """The url of a server that answers whatever it is asked first with these bytes."""

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(8)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"amqp://user:pass@127.0.0.1:{listening.getsockname()[1]}/"
        thread.join()


def start_of(version: str) -> bytes:
    """A frame with Connection.Start, as far as the version."""
    field = b"\x07versionS" + struct.pack("!I", len(version)) + version.encode()
    payload = struct.pack("!HHBBI", 10, 10, 0, 9, len(field)) + field
    return struct.pack("!BHI", 1, 0, len(payload)) + payload + b"\xce"


def test_the_version_is_in_the_greeting() -> None:
    with greeting(start_of("4.0.5")) as url:
        assert of_generation(4, url) == "4.0.5"


def test_a_given_broker_of_another_generation_is_refused() -> None:
    with (
        greeting(start_of("3.10.8")) as url,
        pytest.raises(ServersUnavailable) as refusal,
        servers(database_url=POSTGRES, amqp_url=url, rabbitmq=4),
    ):
        pass
    assert str(refusal.value) == "RabbitMQ 3.10.8 answers at 127.0.0.1, where RabbitMQ 4 was asked for"


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"], ids=["nothing", "http"])
def test_whatever_is_no_rabbitmq_is_refused(answer: bytes) -> None:
    with (
        greeting(answer) as url,
        pytest.raises(ServersUnavailable, match=r"no RabbitMQ answers at 127\.0\.0\.1"),
    ):
        of_generation(4, url)


def test_nobody_there_is_refused() -> None:
    with pytest.raises(ServersUnavailable, match=r"no RabbitMQ answers at 127\.0\.0\.1: .*refused"):
        of_generation(4, "amqp://user:pass@127.0.0.1:1/")


def test_the_tests_run_on_a_broker_that_says_its_version(servers: Servers) -> None:
    with pytest.raises(ServersUnavailable, match=r"RabbitMQ \d+\.\d+\.\d+.* answers"):
        of_generation(2, servers.amqp_url)
