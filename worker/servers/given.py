"""A broker whose URL was given. AMQP cannot make virtual hosts, so its management API is asked."""

import base64
import json
import urllib.request
from dataclasses import dataclass
from typing import Final
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlsplit

from worker.servers.refusal import ServersUnavailable

MANAGEMENT_URL: Final = "HANDOVER_MANAGEMENT_URL"
_ALL = {"configure": ".*", "write": ".*", "read": ".*"}
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ManagementVhosts:
    """`url` as in http://host:15672. Without a login of its own it is asked with that of AMQP_URL."""

    url: str | None
    amqp_url: str

    def add(self, name: str) -> None:
        user = quote(unquote(urlsplit(self.amqp_url).username or "guest"), safe="")
        host = quote(name, safe="")
        self._ask("PUT", f"vhosts/{host}")
        self._ask("PUT", f"permissions/{host}/{user}", _ALL)

    def delete(self, name: str) -> None:
        self._ask("DELETE", f"vhosts/{quote(name, safe='')}")

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> None:
        if not self.url:
            raise ServersUnavailable(
                f"a virtual host cannot be made over AMQP: set {MANAGEMENT_URL} to the management API of the "
                "broker at AMQP_URL, such as http://localhost:15672, or unset AMQP_URL to have one started"
            )
        data = json.dumps(body or {}).encode()
        headers = {"Content-Type": "application/json", "Authorization": self._login()}
        target = f"{_without_login(self.url)}/api/{path}"
        request = urllib.request.Request(target, data, headers, method=method)  # noqa: S310 - the operator's own url
        try:
            urllib.request.urlopen(request, timeout=_SECONDS).close()  # noqa: S310
        except OSError as error:
            if isinstance(error, HTTPError):  # it is the answer, too, and holds the connection
                error.close()
            raise ServersUnavailable(
                f"{method} {target} failed: {error}; is {MANAGEMENT_URL} right?"
            ) from error

    def _login(self) -> str:
        parts = urlsplit(self.url or "")
        parts = parts if parts.username else urlsplit(self.amqp_url)
        user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
        return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")
