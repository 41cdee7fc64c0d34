"""`handover doctor`: lines for people and for programs, and the exit code."""

import json
import os
import pty
import subprocess

import asyncpg
import pytest
from builders import given_agents
from commands import HANDOVER, Result, handover
from processes import StartWorkers
from pydantic import BaseModel, ConfigDict, Field

AWAY = {
    "DATABASE_URL": "postgresql://someone:hush@127.0.0.1:1/nothing",
    "AMQP_URL": "amqp://someone:hush@127.0.0.1:1/",
    "HANDOVER_MANAGEMENT_URL": "http://someone:hush@127.0.0.1:1/",
}


class Line(BaseModel):
    """The contract of a line of `--json`: these names, no others."""

    model_config = ConfigDict(extra="forbid", strict=True)

    check: str = Field(pattern="^[a-z_]+$")
    state: str = Field(pattern="^(ok|warn|fail)$")
    says: str = Field(min_length=1, pattern="^[^\n]+$")
    mend: str | None


def lines(result: Result) -> list[Line]:
    assert result.stderr == ""
    return [Line.model_validate(json.loads(line)) for line in result.stdout.splitlines()]


async def test_a_system_that_is_well_ends_with_zero(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await given_agents(connection)
    await start_workers()
    result = handover(environment, "doctor", "--json")

    assert [line.check for line in lines(result) if line.state != "ok"] == ["subscribers"]
    assert result.returncode == 0


@pytest.mark.usefixtures("bot")
async def test_without_a_worker_it_ends_with_one(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_agents(connection)
    result = handover(environment, "doctor", "--json")

    failed = [line for line in lines(result) if line.state == "fail"]
    assert {(line.check, line.mend) for line in failed} == {("consumers", "handover worker")}
    assert result.returncode == 1


def test_with_everything_away_it_ends_with_five(environment: dict[str, str]) -> None:
    result = handover(environment, "doctor", "--json", **AWAY)

    assert result.returncode == 5
    assert [(line.check, line.state) for line in lines(result)] == [
        ("program", "ok"),
        ("postgresql", "fail"),
        ("rabbitmq", "fail"),
    ]


@pytest.mark.parametrize("gone", ["DATABASE_URL", "AMQP_URL"])
def test_with_one_away_the_other_is_seen_all_the_same(environment: dict[str, str], gone: str) -> None:
    result = handover(environment, "doctor", "--json", **{gone: AWAY[gone]})
    seen = {line.check for line in lines(result) if line.state == "ok"}

    assert result.returncode == 5
    assert ("migrations" in seen, "rabbitmq" in seen) == (gone == "AMQP_URL", gone == "DATABASE_URL")


def test_no_secret_is_shown(environment: dict[str, str]) -> None:
    for words in (("doctor",), ("doctor", "--json"), ("config",)):
        for settings in (AWAY, {**AWAY, "HANDOVER_LOG_LEVEL": "debug"}):
            result = handover(environment, *words, **settings)
            assert "hush" not in result.stdout + result.stderr


def test_people_get_aligned_lines_with_the_command_below(environment: dict[str, str]) -> None:
    first, second, mend, *_ = handover(environment, "doctor", **AWAY).stdout.splitlines()

    assert first.startswith("ok    program        handover-worker ")
    assert second.startswith("fail  postgresql     PostgreSQL at 127.0.0.1:1/nothing is not reachable: ")
    assert mend == " " * 21 + "handover config"


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_only_a_terminal_that_wants_it_gets_colour(
    environment: dict[str, str], no_color: str, coloured: bool
) -> None:
    shown = on_terminal({**environment, **AWAY, "TERM": "xterm", "NO_COLOR": no_color})

    assert b"program" in shown
    assert (b"\x1b[" in shown) is coloured


def on_terminal(environment: dict[str, str]) -> bytes:
    """What `handover doctor` writes to a terminal."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [HANDOVER, "doctor"], stdout=theirs, stderr=theirs, env=environment, cwd="/"
        )
        process.wait(60)
        return os.read(ours, 100_000)
    finally:
        os.close(ours)
        os.close(theirs)


def test_the_help_tells_the_exit_codes(environment: dict[str, str]) -> None:
    assert "5 PostgreSQL or RabbitMQ is not reachable" in " ".join(
        handover(environment, "doctor", "--help").stdout.split()
    )
