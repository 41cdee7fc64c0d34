"""The harness itself, for a moment: it starts, breaks a little of everything, heals, and counts."""

import asyncio
import os
from pathlib import Path

import pytest

from chaos.faults import chosen, every, need_cluster
from chaos.fleet import Fleet
from chaos.points import refuse_missing
from chaos.report import as_json, table
from chaos.run import Plan, carry_out
from chaos.servers import Servers

FAULTS = [
    "worker-kill",
    "rabbitmq-channels-closed",
    "postgres-restart-immediate",
    "network-postgres-cut-commits",
]


def test_every_point_still_exists() -> None:
    refuse_missing()


def test_faults_are_chosen_by_how_their_names_begin() -> None:
    assert [fault.name for fault in chosen(["worker-k", "postgres-read"])] == [
        "worker-kill",
        "postgres-read-only",
    ]
    assert len(chosen(["", "cluster"])) == len(every())
    assert [need_cluster(chosen(words)) for words in ([""], ["cluster"], ["worker", "cluster"])] == [
        False,
        True,
        True,
    ]
    with pytest.raises(ValueError, match="no fault begins with 'sharks'"):
        chosen(["sharks"])


@pytest.mark.timeout(180)
async def test_a_little_of_everything_breaks_nothing(breakable: Servers, tmp_path: Path) -> None:
    said: list[str] = []
    plan = Plan(seed=1, seconds=1, faults=chosen(FAULTS), rate=30, pace=0.5, every_fault=True)

    result = await carry_out(plan, breakable, tmp_path, said.append)

    assert result.verdict.violations == ()
    assert result.figures["lost"] == 0
    assert result.figures["connections at most"]
    assert set(result.struck) == set(FAULTS)
    assert "every promise was kept" in table(result)
    assert as_json(result)["valid"] is True
    assert all(any(f"{name} healed, recovered" in line for line in said) for name in FAULTS)


async def test_workers_told_to_stop_before_they_listen_are_no_surprise(tmp_path: Path) -> None:
    fleet = Fleet(os.environ, tmp_path)
    running = asyncio.ensure_future(fleet.run())
    while fleet.starts < fleet.size or fleet.veteran is None:
        await asyncio.sleep(0)
    await fleet.stop()
    await running

    assert fleet.surprises == []
