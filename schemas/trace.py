"""W3C Trace Context: the header that says which trace a message belongs to."""

import re
from collections.abc import Mapping
from typing import Any

TRACEPARENT = "traceparent"

_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent(headers: Mapping[str, Any]) -> str | None:
    """The trace a message belongs to, by its AMQP headers; None when it says nothing of use, which is no error."""
    value = headers.get(TRACEPARENT)
    if value is None:
        return None
    if isinstance(value, bytes | bytearray):
        value = value.decode("ascii", "replace")
    return value if isinstance(value, str) and _FORM.fullmatch(value) else None
