"""Any number of messages somebody could send, each with what must become of it, known from how it was made.

Hypothesis draws most, always the same; what it would hardly think of is made by hand.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

CLOUD_EVENT = "application/cloudevents+json"
TYPE = "handover.requested.v1"
HANDLED = "handled"

ESCAPES = (
    "\x1b[2J\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\x9d8;;http://x\x9c",
    "\x1bP+q\x1b\\",
    "a\rb",
    "a\x08b",
    "\x7f",
    "line\nbreak",
    "tab\tbed",
    "\u202eright to left",
    "\u2066isolate",
    "\x85next",
)
INJECTIONS = (
    "'; drop table inbox_sessions; --",
    '" or 1=1',
    "$(rm -rf /)",
    "`id`",
    "| cat /etc/passwd",
    "{{7*7}}",
    "%s%n%x",
    "$1",
    "\\x41",
    "[bold red]markup[/]",
    "[link=http://x]y[/link]",
    "../../etc/passwd",
    "NULL",
    "#.*",
    "a.b.c.*",
    "-",
    "--json",
)
SCRIPTS = ("Wanjikũ", "王小明", "أحمد", "👩‍👩‍👧", "e\u0301", "\ufeff", "\u200b x", "ﬀ")
NASTY = (*ESCAPES, *INJECTIONS, *SCRIPTS)


@dataclass(frozen=True, slots=True)
class Case:
    """A message, and its outcome: `handled` under tenant and event id, or a letter with that reason."""

    body: bytes
    outcome: str
    message_id: str = ""
    content_type: str | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)
    tenant_id: str = ""
    event_id: str = ""


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
nasty = st.one_of(st.sampled_from(NASTY), text)
tenants = st.sampled_from([tenant for tenant in NASTY if tenant.strip()])
numbers = st.one_of(st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False))
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, nasty),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(nasty, inner, max_size=4)),
    max_leaves=10,
)
not_text = st.one_of(
    st.booleans(), st.integers(-9, 9), st.lists(nasty, max_size=2), st.dictionaries(nasty, nasty, max_size=2)
)
header_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**60), 2**60), nasty, st.binary(max_size=20).map(bytearray)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)
headers = st.dictionaries(
    st.one_of(
        st.sampled_from(["x-death", "x-first-death-reason", "traceparent", "ce"]),
        text.map(lambda t: f"x{t}"[:20]),
    ),
    header_values,
    max_size=3,
)

Draw = Callable[[st.SearchStrategy[Any]], Any]


def _data(draw: Draw, number: int) -> dict[str, Any]:
    """What must be accepted."""
    return {
        "tenantId": draw(tenants),
        "contactId": f"{number} {draw(nasty)}",
        "channel": "webchat",
        "contactName": draw(st.one_of(nasty, json_values)),
        "teamId": draw(st.one_of(st.none(), nasty, json_values)),
        "skills": draw(st.lists(nasty, max_size=3)),
        "priority": draw(st.integers(-(2**31), 2**31 - 1)),
        "context": draw(st.one_of(st.none(), st.dictionaries(nasty, json_values, max_size=3))),
        f"unknown{draw(text)}": draw(json_values),
    }


def _good(draw: Draw, number: int) -> Case:
    data = _data(draw, number)
    tenant_id = data["tenantId"].strip()
    event_id = f"{number} {draw(nasty)}"
    if draw(st.booleans()):
        event = {
            "specversion": "1.0",
            "type": TYPE,
            "source": draw(nasty),
            "id": event_id,
            "time": draw(nasty),
            "data": data,
        }
        return Case(_json(event), HANDLED, "", CLOUD_EVENT, draw(headers), tenant_id, event_id)
    return Case(
        _json(data),
        HANDLED,
        event_id,
        draw(st.sampled_from([None, "application/json", "text/plain"])),
        draw(headers),
        tenant_id,
        event_id,
    )


def _wrong_field(draw: Draw, number: int) -> Case:
    data = _data(draw, number)
    name, value = draw(
        st.one_of(
            st.tuples(st.sampled_from(["tenantId", "contactId", "channel"]), not_text),
            st.tuples(st.sampled_from(["tenantId", "contactId"]), st.sampled_from(["", " ", "a\0b"])),
            st.tuples(st.just("tenantId"), st.just("x" * 51)),
            st.tuples(st.just("contactId"), st.just("x" * 101)),
            st.tuples(st.just("priority"), st.sampled_from([2**31, -(2**31) - 1, "1", 1.5, [1]])),
            st.tuples(st.just("context"), st.sampled_from(["text", [1], 7, {"big": "x" * 70_000}])),
            st.tuples(st.just("skills"), st.sampled_from(["swahili", [1], {"a": 1}])),
        )
    )
    return Case(
        _json({**data, name: value}), "invalid-event", f"m-{number}", "application/json", draw(headers)
    )


def _truncated(draw: Draw, number: int) -> Case:
    body = _json(_data(draw, number))
    return Case(
        body[: draw(st.integers(1, len(body) - 1))], "invalid-json", f"m-{number}", None, draw(headers)
    )


def _binary(draw: Draw, number: int) -> Case:
    head = draw(st.sampled_from([b"\xff", b"\x80", b"\x1b[", b"\0", b"PK\x03\x04", b"\x1f\x8b"]))
    return Case(
        head + draw(st.binary(max_size=200)),
        "invalid-json",
        f"m-{number}",
        draw(st.sampled_from([None, CLOUD_EVENT])),
        draw(headers),
    )


def _no_object(draw: Draw, number: int) -> Case:
    value = draw(st.one_of(st.none(), st.booleans(), numbers, nasty, st.lists(json_values, max_size=5)))
    return Case(
        _json(value),
        "invalid-event",
        f"m-{number}",
        draw(st.sampled_from([None, CLOUD_EVENT])),
        draw(headers),
    )


def _unknown_type(draw: Draw, number: int) -> Case:
    event = {
        "specversion": "1.0",
        "type": f"x{draw(nasty)}",
        "id": str(number),
        "source": "/",
        "data": _data(draw, number),
    }
    return Case(_json(event), "unknown-type", f"m-{number}", CLOUD_EVENT, draw(headers))


def _wrong_envelope(draw: Draw, number: int) -> Case:
    event = {
        "specversion": "1.0",
        "type": TYPE,
        "id": str(number),
        "source": "/",
        "data": _data(draw, number),
    }
    name, value = draw(
        st.one_of(
            st.tuples(st.just("specversion"), st.one_of(st.sampled_from(["", "2.0", "x"]), not_text)),
            st.tuples(st.just("type"), not_text),
            st.tuples(st.just("id"), st.one_of(st.sampled_from(["", "a\0", "x" * 201]), not_text)),
            st.tuples(st.just("data"), st.one_of(nasty, st.booleans(), st.integers(), st.lists(nasty))),
        )
    )
    return Case(_json({**event, name: value}), "invalid-event", f"m-{number}", CLOUD_EVENT, draw(headers))


MAKERS = (_good, _good, _good, _wrong_field, _truncated, _binary, _no_object, _unknown_type, _wrong_envelope)


def drawn(how_many: int) -> list[Case]:
    """So many cases of Hypothesis, the same each time."""
    cases: list[Case] = []

    @settings(
        max_examples=how_many,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data(), st.sampled_from(MAKERS))
    def collect(data: Any, make: Callable[[Draw, int], Case]) -> None:
        cases.append(make(data.draw, len(cases)))

    collect()
    return cases


def by_hand() -> list[Case]:
    """What Hypothesis would hardly think of."""
    good = {"tenantId": "acme", "contactId": "hand", "channel": "webchat"}
    event = {"specversion": "1.0", "type": TYPE, "source": "/", "data": good}
    numbered = count()
    deep = b'{"a":' * 50_000 + b"1" + b"}" * 50_000

    def handled(body: bytes, event_id: str, content_type: str | None = None, **headers: Any) -> Case:
        message_id = "" if b"specversion" in body or "ce-id" in headers else event_id
        return Case(body, HANDLED, message_id, content_type, headers, "acme", event_id)

    def refused(body: bytes, reason: str, content_type: str | None = None, **headers: Any) -> Case:
        return Case(body, reason, f"hand-{next(numbered)}", content_type, headers)

    return [
        handled(b"\xef\xbb\xbf" + _json(good), "a byte order mark"),
        handled(_json({**good, "context": {"a": "\0", "\0": 1}}), "nul in the context"),
        handled(_json({**good, "contactName": "\0" * 500}), "nul in the name"),
        handled(_json({**good, "contactName": "x" * 100_000}), "a long name"),
        handled(_json({**good, "context": {"a": "x" * 60_000}}), "a large context"),
        handled(_json({**good, "priority": 0, "skills": ["s"] * 1000}), "a skill a thousand times"),
        handled(b'{"contactId": "x", ' + _json({**good, "contactId": "hand"})[1:], "a name twice"),
        handled(_json({**event, "id": "é" * 127}), "é" * 127, CLOUD_EVENT),
        handled(_json({**event, "id": "upper"}), "upper", "Application/CloudEvents+JSON; charset=utf-8"),
        handled(
            _json(good),
            "binary mode",
            None,
            **{"ce-id": "binary mode", "ce-type": TYPE, "ce-specversion": "1.0"},
        ),
        refused(deep, "invalid-event"),
        refused(b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "invalid-json"),
        refused(_json(good) + b" " * 300_000, "invalid-event"),
        refused(b"", "invalid-json"),
        refused(b" ", "invalid-json"),
        refused(b'{"tenantId": NaN}', "invalid-json"),
        refused(b'{"tenantId": Infinity}', "invalid-json"),
        refused(_json(good).decode().encode("utf-16"), "invalid-json"),
        refused(_json({**good, "contactName": "é"}).replace(b"\\u00e9", b"\xe9"), "invalid-json"),
        refused(b'{"tenantId": "\\ud800", "contactId": "1"}', "invalid-json"),
        refused(_json({**event, "id": "é" * 128}), "invalid-event", CLOUD_EVENT),
        refused(_json({**event, "data_base64": "!!", "data": None, "id": "b"}), "invalid-event", CLOUD_EVENT),
        refused(
            _json(good),
            "invalid-event",
            None,
            **{"ce-id": bytearray(b"\xff"), "ce-type": TYPE, "ce-specversion": "1.0"},
        ),
        refused(
            _json(good), "unknown-type", None, **{"ce-id": "1", "ce-type": "\x1b[2J", "ce-specversion": "1.0"}
        ),
        refused(_json({**good, "context": json.loads("[" * 200 + "]" * 200)}), "invalid-event"),
        refused(_json({**good, "context": {"a": json.loads("[" * 150 + "]" * 150)}}), "invalid-event"),
    ]


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
