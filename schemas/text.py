"""What PostgreSQL can hold, made of what JSON can say: no NUL, no infinite number, no bottomless nesting."""

import math
from typing import Any

from pydantic_core import to_json

MAX_CONTEXT_BYTES = 64 * 1024
MAX_CONTEXT_DEPTH = 100


def free_text(value: object, limit: int) -> str | None:
    """Text for people, at most `limit` characters; blank is None, another JSON value its JSON text."""
    if value is None:
        return None
    text = value if isinstance(value, str) else to_json(value).decode()
    return text.replace("\0", "\ufffd").strip()[:limit].rstrip() or None


def storable_context(context: dict[str, Any]) -> dict[str, Any]:
    """The context such that `to_json` of it is `jsonb`: a NUL becomes U+FFFD; NaN and the infinite, null.

    Raises ValueError when it is over 64 KiB encoded or nested deeper than 100 levels.
    """
    encoded = to_json(context)
    containers = encoded.count(b"{") + encoded.count(b"[")
    if containers > MAX_CONTEXT_DEPTH or _unstorable(encoded):
        context = _storable(context, 1)
        encoded = to_json(context)
    if len(encoded) > MAX_CONTEXT_BYTES:
        raise ValueError(
            f"context is {len(encoded)} bytes of JSON, over {MAX_CONTEXT_BYTES}; send a link instead"
        )
    return context


def _unstorable(encoded: bytes) -> bool:
    return b"\\u0000" in encoded or b"Infinity" in encoded or b"NaN" in encoded


def _storable(value: Any, depth: int) -> Any:
    match value:
        case dict() | list() | tuple() if depth > MAX_CONTEXT_DEPTH:
            raise ValueError(f"context is nested deeper than {MAX_CONTEXT_DEPTH} levels; flatten it")
        case dict():
            return {_storable(key, depth): _storable(item, depth + 1) for key, item in value.items()}
        case list() | tuple():
            return [_storable(item, depth + 1) for item in value]
        case str():
            return value.replace("\0", "\ufffd")
        case float() if not math.isfinite(value):
            return None
        case _:
            return value
