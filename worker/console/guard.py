"""What holds for every answer: the Host it may be asked under, and what a browser may do with it."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.console.gate import Gate

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """ASGI around the console."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app, self._gate = app, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse a Host that is not ours."""

        # The page's own parts may be kept, and are asked for anew; answers are never kept.
        kept = "no-cache" if str(scope.get("path", "")).startswith("/page/") else "no-store"

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("cache-control", kept)
            await send(message)

        host = Headers(scope=scope).get("host", "")
        if scope["type"] != "http" or self._gate.admits_host(host):
            await self._app(scope, receive, guarded)
        else:
            says = self._gate.says_where
            await JSONResponse({"error": says}, 421)(scope, receive, guarded)
