"""An endpoint of the API: what it takes, what it answers, and how; the OpenAPI document is made of the same."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict, TypeAdapter, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError, to_json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from worker.console.desk import Console
from worker.console.masking import Hidden, without_ids
from worker.console.refusal import Refusal, refusal_of

log = structlog.get_logger()

ANSWER_SECONDS = 25
MOST_BYTES = 1 << 20
"""Of a request's body."""

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""But for tabs and ends of lines, which a body has; PostgreSQL's text has no NUL."""

Dump = Callable[[Any], bytes]


class Asked(BaseModel):
    """What a request says, in its query or in its body."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    @field_validator("*", check_fields=False)
    @classmethod
    def _without_controls(cls, value: Any) -> Any:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and CONTROLS.search(each):
                raise PydanticCustomError("control", "holds a control character, which nothing here has")
        return value


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`do` is given the console, and by name `visitor` and what is declared here: `item`, `query`, `body`.

    `answer` is the type of what it returns, bare or Hidden, and of the JSON. Of `shared` ones the answer is the same
    for everybody who may see contact ids, and for everybody else.
    """

    method: Literal["GET", "POST"]
    path: str
    says: str
    do: Callable[..., Awaitable[Any]]
    answer: Any
    query: type[Asked] | None = None
    body: type[Asked] | None = None
    shared: bool = False

    @property
    def names_item(self) -> bool:
        """Whether the path names one thing, by its id."""
        return "{id}" in self.path

    def route(self, console: Console) -> Route:
        """The route that answers."""
        dump = _dump(self.answer)

        async def answer(request: Request) -> Response:
            try:
                given = await self._given(console, request)
                said = await self._said(console, request, given, dump)
            except Exception as error:  # noqa: BLE001 - the boundary: nobody's question is worth a console
                return _refused(error, request)
            return Response(said, media_type="application/json")

        return Route(self.path, answer, methods=[self.method])

    async def _said(self, console: Console, request: Request, given: dict[str, Any], dump: Dump) -> bytes:
        async def make() -> bytes:
            async with asyncio.timeout(ANSWER_SECONDS):
                return dump(await self.do(console, **given))

        if not self.shared:
            return await make()
        question = (request.url.path, request.url.query, console.gate.may_reveal(given["visitor"]))
        return await console.answers.get(question, console.news.count, make)

    async def _given(self, console: Console, request: Request) -> dict[str, Any]:
        visitor = console.gate.admit(request) if self.method == "POST" else console.gate.visitor(request)
        given: dict[str, Any] = {"visitor": visitor}
        if self.names_item:
            given["item"] = _id(request.path_params["id"])
        if self.query:
            given["query"] = self.query.model_validate(_parameters(self.query, request))
        if self.body:
            given["body"] = self.body.model_validate_json(await body_of(request) or b"{}")
        return given


async def body_of(request: Request) -> bytes:
    """The JSON in a request. Raises Refusal for another kind of content, or too much of it."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refusal(415, "say it as JSON: the content type has to be application/json")
    body = b""
    async with asyncio.timeout(ANSWER_SECONDS):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                raise Refusal(413, f"the request has more than {MOST_BYTES} bytes")
    return body


def refused(refusal: Refusal) -> Response:
    """A refusal, as JSON."""
    return JSONResponse({"error": without_ids(str(refusal))}, refusal.status)


def is_list(schema: dict[str, Any]) -> bool:
    """Whether a parameter of this schema may be repeated."""
    return any(each.get("type") == "array" for each in (schema, *schema.get("anyOf", ())))


def _dump(kind: Any) -> Dump:
    adapter = TypeAdapter(kind)

    def dump(found: Any) -> bytes:
        if not isinstance(found, Hidden):
            return adapter.dump_json(found, by_alias=True)
        plain = adapter.dump_python(found.answer, mode="json", by_alias=True)
        return to_json(without_ids(plain, found.contact_ids))

    return dump


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refusal(404, f"{text!r} is no id") from None


def _parameters(kind: type[Asked], request: Request) -> dict[str, Any]:
    lists = {name for name, schema in kind.model_json_schema()["properties"].items() if is_list(schema)}
    asked = request.query_params
    return {name: asked.getlist(name) if name in lists else asked[name] for name in asked if asked[name]}


def _refused(error: Exception, request: Request) -> Response:
    refusal = refusal_of(error)
    if refusal is None:
        log.error("console_failed", path=request.url.path, error=type(error).__name__, exc_info=error)
        refusal = Refusal(500, f"that failed: {type(error).__name__}; the console's log says more")
    return refused(refusal)
