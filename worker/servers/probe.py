"""Free ports, and whether a server answers on one. Raw bytes: a client library would log every failed try."""

import socket
import struct
import time
from collections.abc import Callable
from contextlib import ExitStack

from worker.servers.hold import Hold
from worker.servers.refusal import failed_to_start

LOOPBACK = "127.0.0.1"
AMQP_HELLO = b"AMQP\x00\x00\x09\x01"
_POSTGRES_3_0 = 196608


def free_ports(count: int) -> tuple[int, ...]:
    """All bound at once, so that they differ."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return tuple(each.getsockname()[1] for each in sockets)


def amqp_answers(host: str, port: int) -> bool:
    """RabbitMQ listens as the last step of its start; it answers with a method frame (type 1)."""
    return _ask(host, port, AMQP_HELLO) == b"\x01"


def postgres_answers(host: str, port: int) -> bool:
    """It asks for the password (R) when it is ready, and sends an error (E) while it starts or stops."""
    body = struct.pack("!I", _POSTGRES_3_0) + b"user\x00probe\x00\x00"
    return _ask(host, port, struct.pack("!I", len(body) + 4) + body) == b"R"


def tcp_answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def unix_answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        return connection.connect_ex(path) == 0


def wait_for(answers: Callable[[], bool], hold: Hold, name: str, seconds: float) -> None:
    """Raises, with the end of its log, if the process ends or stays silent for that long."""
    deadline = time.monotonic() + seconds
    while not answers():
        hold.refuse_if_ended(name, wait=0.02)
        if time.monotonic() > deadline:
            raise failed_to_start(f"{name} did not answer within {seconds:g} s", hold.log(name))


def _ask(host: str, port: int, hello: bytes) -> bytes:
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            connection.sendall(hello)
            return connection.recv(1)
    except OSError:
        return b""
