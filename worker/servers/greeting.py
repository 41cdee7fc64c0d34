"""What version a broker is of, from its greeting: it comes before any login."""

import socket
import ssl
import struct
from urllib.parse import SplitResult, urlsplit

from worker.servers.probe import AMQP_HELLO
from worker.servers.refusal import ServersUnavailable

_SECONDS = 10.0
_PORTS = {"amqp": 5672, "amqps": 5671}
_FRAME = struct.Struct("!BHI")
_VERSION = b"\x07versionS"
"""A field of the server's properties: the length of its name, the name, and S for a string with its length."""


def of_generation(generation: int, amqp_url: str) -> str:
    """The version of the broker at this url. Raises ServersUnavailable if it is of another generation."""
    parts = urlsplit(amqp_url)
    version = _version(parts)
    if not version.startswith(f"{generation}."):
        raise ServersUnavailable(
            f"RabbitMQ {version} answers at {parts.hostname}, where RabbitMQ {generation} was asked for"
        )
    return version


def _version(parts: SplitResult) -> str:
    try:
        with _connected(parts) as connection:
            connection.sendall(AMQP_HELLO)
            greeting = connection.makefile("rb")
            *_, size = _FRAME.unpack(greeting.read(_FRAME.size))
            _, _, rest = greeting.read(size).partition(_VERSION)
            (length,) = struct.unpack_from("!I", rest)
    except (OSError, struct.error) as error:
        raise ServersUnavailable(f"no RabbitMQ answers at {parts.hostname}: {error}") from error
    return rest[4 : 4 + length].decode()


def _connected(parts: SplitResult) -> socket.socket:
    address = parts.hostname or "localhost", parts.port or _PORTS[parts.scheme]
    plain = socket.create_connection(address, timeout=_SECONDS)
    if parts.scheme == "amqp":
        return plain
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # whoever it is, we tell it nothing
    return context.wrap_socket(plain)
