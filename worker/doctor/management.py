"""Looking at bindings, which AMQP does not tell of, by RabbitMQ's management API if there is one."""

import asyncio
import base64
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import quote, unquote, urlsplit

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from worker.errors import sentence
from worker.topology import Binding, Topology, exchanges

SECONDS = 1.0
NOT_SET = (
    "AMQP cannot tell without publishing something; set HANDOVER_MANAGEMENT_URL to RabbitMQ's management API"
)


class Bound(TypedDict):
    """What the API says of one binding, as far as it matters here."""

    source: str
    destination: str
    routing_key: str


ANSWER = TypeAdapter(list[Bound])


class NoAnswer(Exception):
    """The API did not say, and why."""


async def ask_bindings(management_url: str | None, amqp_url: str, topology: Topology) -> set[Binding] | str:
    """What is bound to our exchanges; where that cannot be seen, a sentence that says why."""
    if not management_url:
        return NOT_SET
    try:
        async with asyncio.timeout(SECONDS):
            answers = await asyncio.gather(
                *(asyncio.to_thread(_ask, management_url, amqp_url, source) for source in exchanges(topology))
            )
    except (NoAnswer, OSError, TimeoutError) as error:
        return f"the management API fails: {sentence(error)}"
    return {
        Binding(each["destination"], each["source"], each["routing_key"])
        for answer in answers
        for each in answer
    }


def _ask(management_url: str, amqp_url: str, source: str) -> list[Bound]:
    parts = urlsplit(management_url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    vhost = quote(unquote(urlsplit(amqp_url).path[1:]) or "/", safe="")
    path = f"{parts.path.rstrip('/')}/api/exchanges/{vhost}/{quote(source, safe='')}/bindings/source"
    try:
        connection.request("GET", path, headers={"Authorization": _login(management_url, amqp_url)})
        response = connection.getresponse()
        if response.status == 404:  # noqa: PLR2004 - no such exchange, which the topology tells
            return []
        if response.status != 200:  # noqa: PLR2004
            raise NoAnswer(f"it answers {response.status} {response.reason}")
        return ANSWER.validate_json(response.read())
    except (HTTPException, ValidationError) as error:
        raise NoAnswer(f"{parts.hostname} does not speak as it does ({type(error).__name__})") from error
    finally:
        connection.close()


def _login(management_url: str, amqp_url: str) -> str:
    parts = urlsplit(management_url)
    parts = parts if parts.username else urlsplit(amqp_url)
    user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
