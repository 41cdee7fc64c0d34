"""What README.md lists is what there is: settings, reasons, fields, exit codes, names, files."""

import ast
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import get_args

import asyncpg
import pytest
import readme
from chaos.faults import every
from checkout import ROOT
from pydantic import Secret

from schemas import AgentEvent, Handover, HandoverData, InvalidEvent, InvalidJson, UnknownType
from schemas.envelope import MAX_BODY_BYTES
from schemas.ids import MAX_EVENT_ID_BYTES
from schemas.session import What
from schemas.text import MAX_CONTEXT_BYTES, MAX_CONTEXT_DEPTH
from worker.cli.failures import Code
from worker.cli.variables import variable
from worker.config import Settings
from worker.core.diagnosis.broker import OLDEST_RABBITMQ
from worker.core.diagnosis.database import OLDEST_POSTGRES
from worker.core.eligibility import GATES, RULES
from worker.core.hours import parse
from worker.core.session import MAX_CONTEXT_BYTES as MERGED_BYTES
from worker.durations import short
from worker.metrics import REGISTRY
from worker.topology import DELIVERY_LIMIT, REQUESTED, Topology
from worker.vitals import Vitals

INBOX = {"inbox_sessions", "inbox_messages"}
UNWRAPPED = " ".join(readme.TEXT.split())


def test_settings_and_their_defaults() -> None:
    listed = [(cells[0], cells[1]) for cells in readme.table("variable")]
    assert listed == [
        (f"`{variable(name)}`", _cell(field.default)) for name, field in Settings.model_fields.items()
    ]


def test_fields_of_a_handover() -> None:
    assert set(readme.names("field")) == {field.alias for field in HandoverData.model_fields.values()}


def test_the_oldest_servers_that_doctor_takes() -> None:
    rabbitmq = ".".join(map(str, OLDEST_RABBITMQ))
    needed = f"Needed are PostgreSQL {OLDEST_POSTGRES} or newer, and RabbitMQ {rabbitmq} or newer"
    assert needed in UNWRAPPED


def test_limits_of_a_handover() -> None:
    [sentence] = re.findall(
        r"^A dead letter is also what has no id.*?\n\n", readme.TEXT, re.DOTALL | re.MULTILINE
    )
    fields = Handover.model_json_schema()["properties"]
    assert [int(number) for number in re.findall(r"\d+", sentence)] == [
        fields["id"]["maxLength"],
        MAX_EVENT_ID_BYTES,
        fields["channel"]["maxLength"],
        MAX_CONTEXT_DEPTH,
        MAX_BODY_BYTES // 1024,
    ]
    assert f"an object of {MAX_CONTEXT_BYTES // 1024} KiB at most" in UNWRAPPED
    assert f"where that makes more than {MERGED_BYTES // 1024} KiB" in UNWRAPPED


def test_reasons_to_wait() -> None:
    assert readme.names("reason", after="how-agents-are-chosen") == [
        *dict.fromkeys(rule.waiting for rule in RULES),
        *(gate.name for gate in GATES),
    ]


def test_events_of_sessions() -> None:
    assert readme.names("type") == [f"session.{what}.v1" for what in get_args(What)]


def test_events_of_agents() -> None:
    assert [f"{key}.v1" for key in readme.names("routing key")] == [
        kind.type for kind in get_args(AgentEvent)
    ]


def test_hours_can_be_followed() -> None:
    [hours] = re.findall(r"`(\{\"timezone.*?\})`", readme.TEXT)
    assert parse(json.loads(hours)).shifts


def test_reasons_of_dead_letters() -> None:
    """Those of an event, and those the worker writes itself."""
    events = {error.reason for error in (InvalidJson, InvalidEvent, UnknownType)}
    own = {
        node.args[1].value
        for node in _calls("Failure")
        if len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
    }
    assert set(readme.names("reason", after="## For operators")) == events | own
    assert f"delivered it {DELIVERY_LIMIT} times" in readme.TEXT


def test_exit_codes() -> None:
    [sentence] = re.findall(r"^\*\*Exit codes\*\*.*?\n\n", readme.TEXT, re.DOTALL | re.MULTILINE)
    assert [int(code) for code in re.findall(r"`(\d+)`", sentence)] == sorted(Code)


def test_log_events() -> None:
    logged = {
        node.args[0].value
        for level in ("info", "warning", "error", "told")
        for node in _calls(level)
        if isinstance(node.args[0], ast.Constant)
    }
    by_attention = {node.args[0].value for node in _calls("_do") if isinstance(node.args[0], ast.Constant)}
    assert set(readme.names("event")) <= logged | by_attention


def test_each_fault_of_the_harness_is_in_the_table_of_failures() -> None:
    named = [name for row in readme.table("what dies") for name in re.findall("`([^`]+)`", row[-1])]
    struck = {name: [word for word in named if name.startswith(word)] for name in every()}
    assert {name: words for name, words in struck.items() if len(words) != 1} == {}
    assert set(named) == {word for words in struck.values() for word in words}


def test_metrics() -> None:
    counted = [family for family in REGISTRY.collect() if family.name.startswith("handover_")]
    names = {f"{family.name}_total" if family.type == "counter" else family.name for family in counted}
    assert set(readme.names("metric")) == names | {gauge.name for gauge in Vitals(60).collect()}


def test_names_on_the_wire() -> None:
    topology = Topology()
    for name in (topology.exchange, topology.sessions, topology.requests, topology.agents, REQUESTED):
        assert f"`{name}`" in readme.TEXT
    assert f"`{topology.dead_letters}`" in readme.TEXT


async def test_tables_of_the_schema(connection: asyncpg.Connection) -> None:
    found = await _tables_of(connection, "handover")
    assert {*readme.names("table of `handover`"), "alembic_version"} == found - INBOX


async def test_the_inbox_tables_are_not_in_the_schema_of_the_worker(connection: asyncpg.Connection) -> None:
    assert await _tables_of(connection, "public") == INBOX


async def test_states_of_a_session(connection: asyncpg.Connection) -> None:
    [diagram] = readme.blocks("mermaid")
    states = set(re.findall(r"^ +(\w+) -->", diagram, re.MULTILINE))
    labels = await connection.fetchval("select enum_range(null::inbox_sessions_status_enum)::text[]")
    assert states == set(labels)


@pytest.mark.parametrize("name", readme.names("folder"))
def test_folders(name: str) -> None:
    assert (ROOT / name).is_dir()


@pytest.mark.parametrize("link", [link for link in readme.links() if "://" not in link])
def test_links_lead_somewhere(link: str) -> None:
    path, _, anchor = link.partition("#")
    assert (ROOT / path).exists()
    assert not anchor or anchor in readme.anchors()


def test_the_changelog_begins_with_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    [version] = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)[0] == version


async def _tables_of(connection: asyncpg.Connection, schema: str) -> set[str]:
    rows = await connection.fetch("select tablename from pg_tables where schemaname = $1", schema)
    return {row["tablename"] for row in rows}


def _calls(name: str) -> list[ast.Call]:
    """Every call of something of this name in the worker's code."""
    trees = [ast.parse(path.read_text()) for path in _code(ROOT / "worker")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if name == getattr(call.func, "attr", getattr(call.func, "id", None))]


def _code(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def _cell(default: object) -> str:
    return "none" if default is None else f"`{_plain(default)}`"


def _plain(default: object) -> object:
    match default:
        case Secret():
            return default.get_secret_value()
        case timedelta():
            return short(default)
        case bool():
            return str(default).lower()
        case _:
            return default
