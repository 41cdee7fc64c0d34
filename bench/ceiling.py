"""Where PostgreSQL itself is the limit: the same statements with no worker and no broker around them."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from functools import partial
from pathlib import Path

from bench.result import Result
from bench.scale import Scale
from bench.stage import Stage
from bench.traffic import HUNDRED
from worker.servers import Places
from worker.servers.orphan import die_with_parent
from worker.servers.postgres import find_binaries
from worker.servers.refusal import Skipped

GROUP = "PostgreSQL alone"
CLIENTS = (1, 8, 32)
BATCHERS = (1, 2, 4)
BATCH = 500

FUNCTION = """\\set tenant random(0, 99)
\\set contact random(1, 1000000000)
select * from bench.hand_over('tenant-' || lpad(:tenant::text, 3, '0'), gen_random_uuid()::text, :contact::text,
    'Wanjiku', 'whatsapp', 0, '{"intent": "refund", "order": "A-1009"}'::jsonb, '{}'::text[], now());
"""


async def measure(stage: Stage, scale: Scale) -> AsyncGenerator[Result, None]:
    """One function a message by pgbench, and the worker's batches, with more and more connections."""
    pgbench = find_pgbench()
    for turn in range(scale.rounds):
        for clients in CLIENTS:
            if pgbench is None:
                stage.say("there is no pgbench here")
                break
            stage.say(f"round {turn + 1}/{scale.rounds}: pgbench, {clients} clients")
            yield await _pgbench(stage, pgbench, clients, scale.window)
        for batchers in BATCHERS:
            stage.say(f"round {turn + 1}/{scale.rounds}: batches of {BATCH}, {batchers} connections")
            yield await _batches(stage, batchers, scale.window)


def find_pgbench() -> Path | None:
    """pgbench beside the server's binaries, else on PATH."""
    try:
        beside = find_binaries(Places()) / "pgbench"
    except Skipped:
        beside = Path()
    found = str(beside) if beside.is_file() else shutil.which("pgbench")
    return Path(found) if found else None


async def _pgbench(stage: Stage, pgbench: Path, clients: int, seconds: float) -> Result:
    url = await stage.databases.for_run(HUNDRED, agents=10)
    script = stage.logs / "function.sql"
    script.write_text(FUNCTION)
    words = ["-n", "-M", "prepared", "-c", clients, "-j", min(clients, 2), "-T", round(seconds), "-f", script]
    [said] = await _output([[str(pgbench), *map(str, words), url]], {})
    found = re.search(r"^tps = ([\d.]+)", said, re.MULTILINE)
    return _result(f"one function a message, {clients} clients", float(found[1]) if found else None)


async def _batches(stage: Stage, batchers: int, seconds: float) -> Result:
    """Each connection has tenants of its own, as the workers of a sharded queue have."""
    url = await stage.databases.for_run(HUNDRED, agents=10)
    commands = [
        [sys.executable, "-m", "bench.replay", str(shard), str(batchers), str(BATCH), str(seconds)]
        for shard in range(batchers)
    ]
    rates = [float(said) for said in await _output(commands, {"DATABASE_URL": url})]
    return _result(f"batches of {BATCH}, {batchers} connections", sum(rates))


def _result(case: str, rate: float | None) -> Result:
    figures = {} if rate is None else {"handovers/s": rate}
    return Result(group=GROUP, case=case, contestant="statements alone", figures=figures)


async def _output(commands: Sequence[Sequence[str]], urls: dict[str, str]) -> list[str]:
    """What the commands print, run at once. Raises RuntimeError if one fails."""
    processes = [
        await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **urls},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=partial(die_with_parent, signal.SIGKILL),
        )
        for command in commands
    ]
    said = await asyncio.gather(*(process.communicate() for process in processes))
    for command, process, (_, errors) in zip(commands, processes, said, strict=True):
        if process.returncode:
            raise RuntimeError(f"{Path(command[0]).name} failed: {errors.decode()[-500:]}")
    return [out.decode() for out, _ in said]
