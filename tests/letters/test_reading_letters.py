"""`dead-letters groups`, `list`, `show` and `export`."""

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from builders import SPELLINGS, a_handover, given_agents, handed_over
from commands import handover, rows
from letterbox import CLOUD_EVENT, at, given_letter

from schemas import decode_handover, encode_handover


@pytest.fixture
async def some(connection: asyncpg.Connection) -> dict[str, UUID]:
    """Letters of three causes, two tenants and three states."""
    event = a_handover("254700000001", event_id="e-1")
    return {
        "early": await given_letter(connection, event, error="desk 1 is away", at=at(8)),
        "late": await given_letter(
            connection,
            a_handover("254700000002", tenant_id="globex"),
            error="desk 22 is away",
            at=at(12),
        ),
        "other": await given_letter(connection, error="Desk fire", at=at(10), state="replaying"),
        "bad": await given_letter(
            connection,
            body=b'{"tenantId": "acme", "contactId": "+254 9"}',
            reason="invalid-event",
            error="the event has no id",
            at=at(9),
        ),
        "gone": await given_letter(connection, a_handover("254700000005"), state="discarded", at=at(11)),
    }


def found(environment: dict[str, str], *words: object) -> list[str]:
    return [row["id"] for row in rows(handover(environment, "dead-letters", "list", *words, "--json"))]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((), ["late", "other", "bad", "early"]),
        (("--limit", 2), ["late", "other"]),
        (("--state", "all"), ["late", "gone", "other", "bad", "early"]),
        (("--state", "discarded", "--state", "open"), ["late", "gone", "bad", "early"]),
        (("--reason", "invalid-event"), ["bad"]),
        (("--reason", "invalid-event", "--reason", "failed"), ["late", "other", "bad", "early"]),
        (("--tenant", "globex"), ["late"]),
        (("--contact", "+254 700 000 001"), ["early"]),
        (("--contact", "2549"), ["bad"]),
        (("--error", "DESK"), ["late", "other", "early"]),
        (("--error", "100%"), []),
        (("--since", "2026-01-05T10:00"), ["late", "other"]),
        (("--until", "2026-01-05T10:00:00+02:00"), []),
        (("--since", "2026-01-05T09:00Z", "--until", "2026-01-05T12:00"), ["other", "bad"]),
        (("--since", "3d"), []),
        (("--until", "3d"), ["late", "other", "bad", "early"]),
    ],
)
async def test_letters_are_found_by_what_they_are(
    environment: dict[str, str], some: dict[str, UUID], words: tuple[object, ...], names: list[str]
) -> None:
    assert found(environment, *words) == [str(some[name]) for name in names]


@pytest.mark.parametrize("written", SPELLINGS)
async def test_a_contact_is_found_as_people_write_it(
    connection: asyncpg.Connection, environment: dict[str, str], written: str
) -> None:
    letter = await given_letter(connection, a_handover("254745050238"))
    await given_letter(connection, a_handover("238"))

    assert found(environment, "--contact", written) == [str(letter)]


async def test_a_group_is_one_cause(environment: dict[str, str], some: dict[str, UUID]) -> None:
    desks, *_ = groups = rows(handover(environment, "dead-letters", "groups", "--json"))

    assert [group["count"] for group in groups] == [2, 1, 1]
    assert (desks["reason"], desks["error"], desks["example"]) == (
        "failed",
        "desk 22 is away",
        str(some["late"]),
    )
    assert (desks["first_at"], desks["last_at"]) == ("2026-01-05T08:00:00Z", "2026-01-05T12:00:00Z")
    assert desks["tenants"] == ["acme", "globex"]
    assert found(environment, "--fingerprint", desks["fingerprint"]) == [
        str(some["late"]),
        str(some["early"]),
    ]


async def test_tables_are_for_people(connection: asyncpg.Connection, environment: dict[str, str]) -> None:
    await given_letter(connection, error="no \x1b[31mdesk\n[red]")
    for words in (("list",), ("groups",), ("replay", "--all", "--dry-run")):
        result = handover(environment, "dead-letters", *words)
        assert result.returncode == 0
        assert "no \ufffd[31mdesk\ufffd[red]" in result.stdout


async def test_a_long_list_says_that_it_is_cut(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    for n in range(101):
        await given_letter(connection, a_handover(str(n)))

    result = handover(environment, "dead-letters", "list")

    assert len(result.stdout.splitlines()) == 100 + 2
    assert "there are more than these 100" in result.stderr
    assert len(found(environment)) == 101


async def test_show_tells_all_there_is(connection: asyncpg.Connection, environment: dict[str, str]) -> None:
    event = a_handover("254700000001", event_id="e-1")
    letter = await given_letter(connection, event, properties={"correlation_id": "c"})
    await given_agents(connection)
    await handed_over(connection, event)

    [shown] = rows(handover(environment, "dead-letters", "show", letter, "--json"))

    assert (shown["id"], shown["event_id"], shown["attempts"]) == (str(letter), "e-1", 1)
    assert shown["properties"]["correlation_id"] == "c"
    assert shown["body"] == {
        "encoding": "json",
        "content": json.loads(encode_handover(event, source="/tests")),
    }
    assert shown["today"]["verdict"] == "handled"
    assert shown["history"] == []


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"{no json\x1b[2J", {"encoding": "text", "content": "{no json\x1b[2J"}),
        (b"\xff\x00", {"encoding": "base64", "content": base64.b64encode(b"\xff\x00").decode()}),
        (b"[1, NaN]", {"encoding": "text", "content": "[1, NaN]"}),
        (b"[" * 5000, {"encoding": "text", "content": "[" * 5000}),
        (b"", {"encoding": "text", "content": ""}),
        (b"3", {"encoding": "json", "content": 3}),
    ],
)
async def test_a_body_is_shown_decoded_when_it_can_be_and_raw_when_not(
    connection: asyncpg.Connection, environment: dict[str, str], body: bytes, shown: dict[str, Any]
) -> None:
    letter = await given_letter(connection, body=body, reason="invalid-json", error="not JSON")

    [found] = rows(handover(environment, "dead-letters", "show", letter, "--json"))
    portrait = handover(environment, "dead-letters", "show", letter)

    assert found["body"] == shown
    assert portrait.returncode == 0
    assert "\x1b" not in portrait.stdout


async def test_a_portrait_has_the_verdict_and_the_history(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    letter = await given_letter(connection)
    handover(environment, "dead-letters", "discard", letter, "--yes", "--as", "ann")

    discarded = handover(environment, "dead-letters", "show", letter).stdout
    handover(environment, "dead-letters", "restore", letter, "--as", "bob")
    portrait = handover(environment, "dead-letters", "show", letter).stdout

    assert "a replay now" not in discarded
    assert "a replay now   replay" in portrait
    assert "restore by bob: restored" in portrait
    assert "discard by ann: discarded" in portrait
    assert '"tenantId": "acme"' in portrait


def test_a_letter_there_is_not_is_not_found(environment: dict[str, str]) -> None:
    result = handover(environment, "dead-letters", "show", UUID(int=1))

    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.startswith(f"handover: there is no dead letter {UUID(int=1)}: see ")


PLAIN = b'{"tenantId": "acme", "contactId": "254700000002", "name": "Amina", "issue": "refund"}'


@pytest.mark.usefixtures("bot")
async def test_what_is_exported_can_be_published_again(
    connection: asyncpg.Connection, environment: dict[str, str], tmp_path: Path
) -> None:
    """Whichever way it came: the same handover, under the same id, asked for at the same time."""
    timestamp = "2026-01-05 09:30:00+00:00"
    binary = {"ce-id": "e-3", "ce-type": "handover.requested.v1", "ce-specversion": "1.0", "ce-source": "/b"}
    pretty = json.dumps(
        json.loads(encode_handover(a_handover("254700000001", event_id="e-1"), source="/x")), indent=1
    )
    for body, properties in (
        (pretty.encode(), {"content_type": CLOUD_EVENT, "timestamp": timestamp}),
        (PLAIN, {"message_id": "e-2", "timestamp": timestamp}),
        (PLAIN, {"message_id": "m", "headers": binary, "timestamp": timestamp}),
    ):
        await given_letter(connection, body=body, properties=properties)
    file = tmp_path / "letters.jsonl"

    exported = handover(environment, "dead-letters", "export")
    file.write_text(exported.stdout)
    published = handover(environment, "publish", "--file", file)

    assert (exported.returncode, exported.stderr) == (0, "")
    assert (published.returncode, published.stdout.split()) == (0, ["e-1", "e-2", "e-3"])
    events = [
        decode_handover(line.encode(), content_type=CLOUD_EVENT, headers={}, message_id=None)
        for line in exported.stdout.splitlines()
    ]
    assert [event.asked_at for event in events] == [at(9, 30)] * 3
    assert [event.contact_name for event in events] == [None, "Amina", "Amina"]
    assert events[1].context == {"issue": "refund"}


async def test_what_nobody_could_publish_is_named_and_exported_raw(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    good = await given_letter(connection, a_handover(event_id="e-1"))
    bad = await given_letter(connection, body=b"\xff", reason="invalid-json")

    result = handover(environment, "dead-letters", "export")
    raw = rows(handover(environment, "dead-letters", "export", "--raw"))

    assert (result.returncode, len(result.stdout.splitlines())) == (4, 1)
    assert f"handover: letter {bad}: the body is not UTF-8 JSON" in result.stderr
    assert {line["id"]: base64.b64decode(line["body_base64"])[:1] for line in raw} == {
        str(good): b"{",
        str(bad): b"\xff",
    }


async def test_export_takes_ids_and_filters(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    one = await given_letter(connection, a_handover(event_id="e-1"))
    await given_letter(connection, a_handover(event_id="e-2", tenant_id="globex"))

    by_id = handover(environment, "dead-letters", "export", one).stdout
    by_tenant = handover(environment, "dead-letters", "export", "--tenant", "globex").stdout

    assert [json.loads(line)["id"] for line in (by_id, by_tenant)] == ["e-1", "e-2"]
