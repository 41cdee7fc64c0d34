"""The harness can fail: it catches each of five mistakes, and finds nothing wrong with a worker that makes none."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from chaos.faults import chosen
from chaos.run import Plan, Result, carry_out
from chaos.servers import Servers

LOST = "nothing that was confirmed is lost"
UNANNOUNCED = "everything committed is announced"
CAPS = "nobody has more than they take"
FAIRNESS = "steady agents get the same, give or take one"

CAUGHT: dict[str, tuple[set[str], list[str]]] = {
    "ack-before-commit": ({LOST}, ["kill-at-handover-before-commit"]),
    "no-sweep": ({UNANNOUNCED}, ["kill-at-handover-after-commit"]),
    "dedupe-off": ({"an event has one effect"}, []),
    "no-tenant-lock": ({CAPS, FAIRNESS}, []),
    "no-confirms": ({UNANNOUNCED}, ["rabbitmq-subscriber-full"]),
}


AT_ONCE = 3
"""Runs; most of each is waiting for what will never come."""

Runs = Mapping[str | None, "asyncio.Task[Result]"]


@pytest.fixture(scope="module")
async def runs(breakable: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Runs]:
    """A run with each mistake, and one without any, which has the faults of all."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def run(sabotage: str | None, faults: Sequence[str]) -> Result:
        async with turns:
            logs = tmp_path_factory.mktemp(sabotage or "none")
            return await carry_out(_plan(sabotage, faults), breakable, logs, lambda _: None)

    everything = [name for _, names in CAUGHT.values() for name in names]
    wanted: dict[str | None, list[str]] = {None: everything}
    wanted |= {mistake: faults for mistake, (_, faults) in CAUGHT.items()}
    tasks: Runs = {mistake: asyncio.create_task(run(mistake, faults)) for mistake, faults in wanted.items()}
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


def _plan(sabotage: str | None, faults: Sequence[str]) -> Plan:
    return Plan(
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


@pytest.mark.timeout(240)
async def test_without_a_mistake_the_same_faults_break_nothing(runs: Runs) -> None:
    result = await runs[None]

    assert result.verdict.violations == ()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("mistake", CAUGHT)
async def test_a_mistake_is_caught(runs: Runs, mistake: str) -> None:
    rules, _ = CAUGHT[mistake]

    result = await runs[mistake]

    assert result.verdict.broken & rules, result.verdict.violations
