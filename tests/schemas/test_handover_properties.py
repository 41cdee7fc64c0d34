import json
import math
from datetime import UTC
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json, to_json

from schemas import CONTENT_TYPE, EventError, Handover, HandoverData, decode_handover, encode_handover

any_text = st.text(alphabet=st.characters(), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | any_text
any_json = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=20,
)
text = st.text(max_size=20)
attributes = ["specversion", "id", "type", "time", "source"]
header_names = (
    st.sampled_from([p + a for p in ("ce-", "cloudEvents:", "cloudEvents_") for a in attributes]) | any_text
)
header_values = (
    scalars | st.binary(max_size=20) | st.datetimes() | st.sampled_from(["1.0", "handover.requested.v1"])
)
deliveries = st.fixed_dictionaries(
    {
        "content_type": st.none() | any_text | st.sampled_from([CONTENT_TYPE, "application/json"]),
        "headers": st.dictionaries(header_names, header_values, max_size=6),
        "message_id": st.none() | any_text,
        "timestamp": st.none() | st.datetimes() | st.datetimes(timezones=st.just(UTC)),
    }
)
fields = [*HandoverData.model_json_schema()["properties"], "name", "issue", "account"]
data = st.dictionaries(st.sampled_from(fields), any_json)
envelopes = st.fixed_dictionaries(
    {
        "specversion": st.just("1.0") | any_json,
        "type": st.just("handover.requested.v1") | any_json,
        "id": any_text | any_json,
    },
    optional={"data": data | any_json, "data_base64": any_json, "time": any_json},
)


def handover(**fields: Any) -> Handover:
    """As a function of its own, because `builds` would look behind the model's constructor."""
    return Handover(**fields)


handovers = st.builds(
    handover,
    event_id=st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=60),
    asked_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    tenant_id=st.from_regex(r"[A-Za-z0-9_.-]{1,50}", fullmatch=True),
    contact_id=st.from_regex(r"\+?[0-9][0-9 ]{0,30}", fullmatch=True),
    contact_name=st.none() | text,
    channel=st.sampled_from(["whatsapp", "sms", "webchat"]),
    team_id=st.none() | text,
    skills=st.lists(st.from_regex(r"[a-z]{0,10}", fullmatch=True), max_size=4).map(tuple),
    priority=st.integers(-(2**31), 2**31 - 1),
    context=st.none()
    | st.dictionaries(text, st.recursive(st.none() | st.integers() | st.floats() | text, st.lists)),
)


def decode_or_refuse(body: bytes, delivery: dict[str, Any]) -> Handover | None:
    """Any exception but EventError fails the test; so does an error that is not one storable line."""
    try:
        return decode_handover(body, **delivery)
    except EventError as error:
        refusal = str(error)
    assert refusal.isprintable()
    return None


def storable(value: Any) -> bool:
    match value:
        case str():
            return "\0" not in value
        case float():
            return math.isfinite(value)
        case dict():
            return all(storable(key) and storable(item) for key, item in value.items())
        case list():
            return all(map(storable, value))
        case _:
            return True


@given(st.binary(), deliveries)
def test_whatever_the_bytes_and_headers_only_event_errors_are_raised(
    body: bytes, delivery: dict[str, Any]
) -> None:
    decode_or_refuse(body, delivery)


@given(data | envelopes | any_json, deliveries)
def test_whatever_the_json_says_only_event_errors_are_raised(
    content: object, delivery: dict[str, Any]
) -> None:
    decode_or_refuse(json.dumps(content).encode(), delivery)


@given(st.dictionaries(text, any_json), any_json)
def test_an_accepted_context_is_json_that_jsonb_accepts(context: dict[str, Any], account: object) -> None:
    body = {"tenantId": "acme", "contactId": "7", "context": context, "account": account}
    raw = json.dumps(body).replace("Infinity", "1e400").replace("NaN", "1e400").encode()
    decoded = decode_or_refuse(raw, {"content_type": None, "headers": {}, "message_id": "e-1"})
    if decoded is not None:
        assert storable(from_json(to_json(decoded.context), allow_inf_nan=False))


@given(handovers)
def test_a_handover_survives_its_journey(sent: Handover) -> None:
    body = encode_handover(sent, source="/bots/refunds")
    assert decode_handover(body, content_type=CONTENT_TYPE, headers={}, message_id=None) == sent
