"""The harness can fail: it catches each of five mistakes, and finds nothing wrong with a worker that makes none."""

from pathlib import Path

import pytest

from chaos.faults import chosen
from chaos.run import Plan, Result, carry_out
from chaos.servers import Servers

LOST = "nothing that was confirmed is lost"
UNANNOUNCED = "everything committed is announced"
CAPS = "nobody has more than they take"
FAIRNESS = "steady agents get the same, give or take one"

CAUGHT = {
    "ack-before-commit": ({LOST}, ["kill-at-handover-before-commit"]),
    "no-sweep": ({UNANNOUNCED}, ["kill-at-handover-after-commit"]),
    "dedupe-off": ({"an event has one effect"}, []),
    "no-tenant-lock": ({CAPS, FAIRNESS}, []),
    "no-confirms": ({UNANNOUNCED}, ["rabbitmq-subscriber-full"]),
}


async def _run(servers: Servers, logs: Path, faults: list[str], sabotage: str | None) -> Result:
    plan = Plan(
        seed=7,
        seconds=6,
        faults=chosen(faults) if faults else (),
        rate=60,
        pace=0.4,
        every_fault=True,
        patience=8 if sabotage else 60,
        sabotage=sabotage,
        settings={"HANDOVER_BATCH": "10", "HANDOVER_PREFETCH": "30"},
    )
    return await carry_out(plan, servers, logs, lambda _: None)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("mistake", CAUGHT)
async def test_a_mistake_is_caught(breakable: Servers, tmp_path: Path, mistake: str) -> None:
    rules, faults = CAUGHT[mistake]

    result = await _run(breakable, tmp_path, faults, mistake)

    assert result.verdict.broken & rules, result.verdict.violations


@pytest.mark.timeout(180)
async def test_without_a_mistake_the_same_faults_break_nothing(breakable: Servers, tmp_path: Path) -> None:
    faults = [name for _, names in CAUGHT.values() for name in names]

    result = await _run(breakable, tmp_path, faults, None)

    assert result.verdict.violations == ()
