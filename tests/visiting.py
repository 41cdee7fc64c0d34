"""A program that asks a console: over HTTP, and by its live stream."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from processes import IN_TIME

TOKEN = "a-token-for-these-tests-alone"  # noqa: S105 - it opens nothing else
AS = "ada"


@dataclass(frozen=True)
class Answer:
    """What a console said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Visitor:
    """Somebody with a browser at hand: it keeps the cookie, and says where it comes from."""

    address: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def netloc(self) -> str:
        return urlsplit(self.address).netloc

    async def get(self, path: str, **query: Any) -> Any:
        """The JSON at a path, which has to be there."""
        answer = await self.ask("GET", f"{path}?{urlencode(query, doseq=True)}")
        assert answer.status == 200, answer.body
        return answer.json

    async def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """What becomes of an act."""
        given = {"Content-Type": "application/json", **headers}
        return await self.ask("POST", path, json.dumps(body if body is not None else {}).encode(), given)

    async def did(self, path: str, body: Any = None) -> Any:
        """The JSON of an act, which has to be done."""
        answer = await self.post(path, body)
        assert answer.status == 200, answer.body
        return answer.json

    async def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        return await asyncio.to_thread(self._ask, method, path, body, {**self.headers, **(headers or {})})

    async def log_in(self, token: str = TOKEN, name: str = AS) -> Answer:
        """Come back with the cookie, as the console's own page does."""
        self.headers["Origin"] = self.address
        answer = await self.post("/api/login", {"token": token, "name": name})
        if answer.status == 204:
            self.headers["Cookie"] = answer.headers["set-cookie"].partition(";")[0]
            self.headers["X-CSRF-Token"] = (await self.get("/api/me"))["csrf"]
        return answer

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        connection = HTTPConnection(self.netloc, timeout=IN_TIME)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return Answer(
                answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
            )
        finally:
            connection.close()


@dataclass(frozen=True)
class Told:
    """One server-sent event."""

    event: str
    data: Any


class Stream:
    """What a page is told, kept."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self._news = asyncio.Condition()

    def of(self, event: str) -> list[Any]:
        """The data of what has been told under this name."""
        return [told.data for told in self.told if told.event == event]

    async def until(
        self, event: str, is_it: Callable[[Any], bool] = lambda _: True, *, since: int = 0
    ) -> Any:
        """The data of the first such event, from the `since`th thing told on, waiting for it."""
        async with asyncio.timeout(IN_TIME * 2), self._news:
            while True:
                for told in self.told[since:]:
                    if told.event == event and is_it(told.data):
                        return told.data
                await self._news.wait()

    async def read(self, reader: asyncio.StreamReader) -> None:
        event = ""
        async for line in reader:
            name, _, value = line.decode().rstrip("\r\n").partition(": ")
            if name == "event":
                event = value
            elif name == "data":
                async with self._news:
                    self.told.append(Told(event, json.loads(value)))
                    self._news.notify_all()


@asynccontextmanager
async def looking(address: str) -> AsyncIterator[Stream]:
    """A page that is open, once it has its snapshot."""
    place = urlsplit(address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=1 << 24)
    writer.write(f"GET /api/live HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
    stream = Stream()
    reading = asyncio.ensure_future(stream.read(reader))
    try:
        await stream.until("snapshot")
        yield stream
    finally:
        reading.cancel()
        writer.close()
