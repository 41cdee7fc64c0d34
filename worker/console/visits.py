"""`/api/me`, `/api/login`, `/api/logout`: who looks, and whether they may act."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from worker.console.desk import Console
from worker.console.endpoint import Asked, Endpoint, body_of, refused
from worker.console.gate import Visitor
from worker.console.refusal import Refusal, refusal_of

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\t\r\n]*$")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who looks, and what they may."""

    acting: Annotated[bool, Field(description="Whether they are logged in.")]
    name: Annotated[str | None, Field(description="As given at login: what they do is on record under it.")]
    csrf: Annotated[str | None, Field(description="What each act has to carry as X-CSRF-Token.")]
    can_act: Annotated[bool, Field(alias="canAct", description="Whether logging in is possible at all.")]
    can_reveal: Annotated[bool, Field(alias="canReveal", description="Whether contact ids can be revealed.")]
    version: str


class Login(Asked):
    """The console's token, and under what name the acts are to be recorded."""

    token: Annotated[str, Field(max_length=1000)]
    name: Name


async def me(console: Console, *, visitor: Visitor) -> Me:
    """Who looks."""
    gate = console.gate
    return Me(
        acting=visitor.name is not None,
        name=visitor.name,
        csrf=visitor.csrf,
        can_act=gate.opens,
        can_reveal=gate.may_reveal(visitor),
        version=version("handover-worker"),
    )


async def log_in(console: Console, request: Request) -> Response:
    """Take the token for a cookie."""
    response = Response(status_code=204)
    try:
        console.gate.require_own_page(request)
        login = Login.model_validate_json(await body_of(request))
        secure = request.url.scheme == "https"
        peer = request.client.host if request.client else ""
        await console.gate.log_in(peer, login.token, login.name, response, secure=secure)
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        return refused(refusal)
    return response


async def leave(console: Console, request: Request) -> Response:
    """Take the cookie back."""
    try:
        console.gate.require_own_page(request)
    except Refusal as refusal:
        return refused(refusal)
    response = Response(status_code=204)
    console.gate.log_out(request, response)
    return response


ENDPOINTS = [Endpoint("GET", "/api/me", "Who looks, and whether they may act.", me, Me)]
