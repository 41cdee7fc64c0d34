"""What each field may hold: a customer waiting beats a tidy error, but an id is an id."""

import json
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_core import to_json

from schemas import Handover, InvalidEvent, decode_handover

LIMIT = 64 * 1024


def decode(raw: bytes | None = None, **changes: Any) -> Handover:
    data = {"tenantId": "acme", "contactId": "254745050238"} | changes
    body = json.dumps(data).encode() if raw is None else raw
    return decode_handover(body, content_type=None, headers={}, message_id="e-1")


def refusal(**changes: Any) -> str:
    with pytest.raises(InvalidEvent) as caught:
        decode(**changes)
    return str(caught.value)


def test_what_is_left_out_null_or_blank_is_absent() -> None:
    optional = ("contactName", "channel", "teamId", "skills", "priority", "context")
    assert decode(**dict.fromkeys(optional)) == decode()
    assert decode(contactName=" ", channel=" ", teamId="\t", skills=["", "  "]) == decode()
    assert decode().model_dump(exclude={"event_id", "tenant_id", "contact_id", "traceparent"}) == {
        "asked_at": None,
        "channel": "whatsapp",
        "contact_name": None,
        "team_id": None,
        "skills": (),
        "priority": 0,
        "context": None,
    }


def test_unknown_fields_and_our_own_names_are_ignored() -> None:
    assert decode(id="other", time="never", colour="red", tenant_id="rival", event_id="other") == decode()


def test_former_names_are_understood_and_never_overwrite() -> None:
    former = decode(name="Wanjiku", issue="refund", account={"plan": "gold"}, context={"issue": "kept"})
    assert former.contact_name == "Wanjiku"
    assert former.context == {"issue": "kept", "account": {"plan": "gold"}}
    assert decode(name="Old", contactName="New").contact_name == "New"
    assert decode(name="Old", contactName="").contact_name == "Old"
    assert decode(issue=None, name=None).context is None


@pytest.mark.parametrize("field", ["tenantId", "contactId", "channel"])
@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (7, "should be a valid string; got a number"),
        (True, "should be a valid string; got a boolean"),
        ({}, "should be a valid string; got an object"),
        ("a\0b", "holds a NUL character, which no id may; got 'a\\x00b'"),
    ],
)
def test_an_id_is_text_without_nul(field: str, value: object, rule: str) -> None:
    error = refusal(**{field: value})
    assert error.startswith(field)
    assert error.endswith(rule)


def test_a_skill_is_text_without_nul_and_the_error_says_which() -> None:
    assert refusal(skills=["billing", 7]) == "skills.1: input should be a valid string; got a number"
    assert refusal(skills=["a\0"]).startswith("skills.0 holds a NUL character")
    assert refusal(skills="billing").startswith("skills: ")


def test_a_required_field_left_out_is_named_and_the_rest_counted() -> None:
    assert refusal(tenantId=None) == "tenantId is missing; it is required"
    assert refusal(tenantId=None, contactId=None, priority="high").endswith("(and 2 more)")


def test_a_tenant_is_trimmed_and_has_1_to_50_characters() -> None:
    assert decode(tenantId=" acme ").tenant_id == "acme"
    assert decode(tenantId="é" * 50).tenant_id == "é" * 50
    for tenant_id in ("", "  ", "x" * 51):
        assert refusal(tenantId=tenant_id).startswith("tenantId: string should have at ")


def test_a_contact_is_normalised_for_its_channel() -> None:
    assert decode(contactId="+254 745 050 238").contact_id == "254745050238"
    assert decode(contactId=" visitor-7 ", channel="webchat").contact_id == "visitor-7"
    assert refusal(contactId="visitor").startswith("contactId holds no digits")
    assert refusal(contactId="x" * 101, channel="webchat").startswith("contactId is longer than 100")
    assert refusal(channel="x" * 51).startswith("channel: string should have at most 50")


def test_skills_are_trimmed_and_blank_or_repeated_ones_dropped() -> None:
    assert decode(skills=["billing", "", " swahili ", "billing"]).skills == ("billing", "swahili")


@pytest.mark.parametrize("priority", [True, 1.0, "1", 2**31, -(2**31) - 1, 10**400])
def test_a_priority_is_a_32_bit_integer_and_nothing_like_one(priority: object) -> None:
    assert refusal(priority=priority).startswith("priority: input should be ")


def test_a_priority_may_be_the_extremes() -> None:
    assert [decode(priority=edge).priority for edge in (2**31 - 1, -(2**31))] == [2**31 - 1, -(2**31)]


@pytest.mark.parametrize(
    ("team_id", "expected"),
    [
        (7, "7"),
        (True, "true"),
        (["a"], '["a"]'),
        (" sales ", "sales"),
        ("a\0b", "a\ufffdb"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_team_id_of_any_kind_becomes_text_to_look_up(team_id: object, expected: str) -> None:
    assert decode(teamId=team_id).team_id == expected


def test_a_long_or_odd_name_is_cut_and_cleaned_not_refused() -> None:
    assert decode(contactName="é" * 101).contact_name == "é" * 100
    assert decode(contactName=" A\0B ").contact_name == "A\ufffdB"
    assert decode(contactName=7).contact_name == "7"


def test_what_jsonb_cannot_hold_is_replaced_in_the_context() -> None:
    context = (
        r'{"a\u0000": ["b\u0000", {"c": "\u0000"}], "big": 1e400, "small": -1e400,'
        r' "literal": "\\u0000", "inf": "Infinity"}'
    )
    body = f'{{"tenantId": "acme", "contactId": "7", "context": {context}}}'.encode()
    assert decode(body).context == {
        "a\ufffd": ["b\ufffd", {"c": "\ufffd"}],
        "big": None,
        "small": None,
        "literal": "\\u0000",
        "inf": "Infinity",
    }


def test_a_context_has_at_most_64_kib_of_json_former_names_included() -> None:
    frame = len(to_json({"k": ""}))
    assert decode(context={"k": "x" * (LIMIT - frame)}).context is not None
    assert refusal(context={"k": "x" * (LIMIT - frame + 1)}).startswith("context is 65537 bytes of JSON")
    assert refusal(issue="é" * (LIMIT // 2)).startswith("context is ")
    assert refusal(context="text").startswith("context: input should be a valid dictionary")


def test_a_context_nests_at_most_100_levels() -> None:
    def nested(levels: int) -> Any:
        return {"k": nested(levels - 1)} if levels else 1

    assert decode(context=nested(100)).context == nested(100)
    assert refusal(context=nested(101)) == "context is nested deeper than 100 levels; flatten it"
    assert decode(context={"flat": [{}] * 500}).context == {"flat": [{}] * 500}


@pytest.mark.parametrize("field", ["tenantId", "contactId", "channel"])
def test_an_error_is_one_line_and_echoes_at_most_80_characters(field: str) -> None:
    error = refusal(**{field: "line\nline\u2028" * 1_000 + "\0"})
    assert len(error.splitlines()) == 1
    assert len(error.partition("got ")[2]) <= 80


def test_a_handover_built_in_code_obeys_the_same_rules() -> None:
    with pytest.raises(ValidationError):
        Handover(event_id="e-1", tenant_id="acme", contact_id="no digits")
    odd = Handover(event_id="e-1", tenant_id="acme", contact_id="7", context={"x": float("nan")})
    assert odd.context == {"x": None}
