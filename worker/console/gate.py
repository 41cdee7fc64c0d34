"""Who may act: whoever knew the token, by a signed cookie, from the console's own page, with its CSRF token."""

import asyncio
import hmac
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from worker.console.refusal import Refusal
from worker.console.tries import Tries

COOKIE = "handover_console"
HEADER = "x-csrf-token"
LASTS_SECONDS = 12 * 3600
WRONG_SECONDS = 1.0
"""What a wrong token costs whoever tries."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: a name and their CSRF token when they may act, else nobody in particular."""

    name: str | None = None
    csrf: str | None = None


NOBODY = Visitor()


class Gate:
    """One console's; without a token nobody acts."""

    def __init__(self, host: str, token: str | None, names: Collection[str] = ()) -> None:
        self._token = token
        self._names = LOOPBACK.union(names)
        # Behind a name there may be a proxy, and behind that anybody.
        self.is_local = host in LOOPBACK and not names
        self._left: dict[str, float] = {}
        key = hmac.digest((token or secrets.token_hex()).encode(), b"console cookie", sha256)
        self._cookies = URLSafeTimedSerializer(key, salt="visitor")
        self._tries = Tries()

    @property
    def opens(self) -> bool:
        """Whether there is a token at all."""
        return self._token is not None

    def admits_host(self, host: str) -> bool:
        """Whether the Host header is a name of ours: a page elsewhere may have its name lead here, but no address."""
        name = _parts(f"//{host}").hostname or ""
        return name in self._names or (not self.is_local and _is_address(name))

    @property
    def says_where(self) -> str:
        """Under what it is to be opened instead."""
        if self.is_local:
            return "this console answers on this machine alone: open it as 127.0.0.1 or localhost"
        return "this console does not know that name: open it by its address, or set HANDOVER_CONSOLE_HOSTS"

    def visitor(self, request: Request) -> Visitor:
        """Who has sent the request, by its cookie."""
        cookie = request.cookies.get(COOKIE)
        if cookie is None or not self.opens:
            return NOBODY
        try:
            said = self._cookies.loads(cookie, max_age=LASTS_SECONDS)
        except BadSignature:
            return NOBODY
        return NOBODY if said["csrf"] in self._left else Visitor(said["name"], said["csrf"])

    def may_reveal(self, visitor: Visitor) -> bool:
        """Whether they may see contact ids whole: on this machine anybody, elsewhere who may act."""
        return self.is_local or visitor.name is not None

    def admit(self, request: Request) -> Visitor:
        """Who acts. Raises Refusal unless they may, and the console's own page asked for it."""
        if not self.opens:
            raise Refusal(403, "this console only shows: start it with HANDOVER_CONSOLE_TOKEN to act in it")
        self.require_own_page(request)
        visitor = self.visitor(request)
        if visitor.csrf is None:
            raise Refusal(401, "log in with the console's token to do this")
        if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), visitor.csrf.encode()):
            raise Refusal(403, "the request has not this login's X-CSRF-Token: load the page anew")
        return visitor

    def require_own_page(self, request: Request) -> None:
        """Raises Refusal unless the request says it comes from the host it goes to."""
        origin = _parts(request.headers.get("origin", ""))
        if not origin.netloc or origin.netloc != request.headers.get("host"):
            raise Refusal(403, "this is only done from the console's own page: the Origin is another")

    async def log_in(self, peer: str, token: str, name: str, response: Response, *, secure: bool) -> None:
        """Put the cookie on the response. Raises Refusal for a wrong token, a while later, and for too many tries."""
        if self._token is None:
            raise Refusal(403, "this console only shows: start it with HANDOVER_CONSOLE_TOKEN to act in it")
        async with self._tries.turn(peer):
            if not hmac.compare_digest(token.encode(), self._token.encode()):
                await asyncio.sleep(WRONG_SECONDS)
                raise Refusal(401, "that is not the console's token: see HANDOVER_CONSOLE_TOKEN")
        cookie = self._cookies.dumps({"name": name, "csrf": secrets.token_urlsafe()})
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=LASTS_SECONDS,
            httponly=True,
            samesite="strict",
            secure=secure,
        )

    def log_out(self, request: Request, response: Response) -> None:
        """Take the cookie back; a copy of it is nobody's from now on, as long as this console runs."""
        now = time.monotonic()
        self._left = {each: until for each, until in self._left.items() if until > now}
        if csrf := self.visitor(request).csrf:
            self._left[csrf] = now + LASTS_SECONDS
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")


def _parts(address: str) -> SplitResult:
    """Of an address that may be none: then they are empty."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
