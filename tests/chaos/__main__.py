"""`python -m chaos`, with the folder tests on PYTHONPATH."""

import argparse
import asyncio
import json
import logging
import os
import secrets
import sys
import tempfile
from pathlib import Path

from chaos import points
from chaos.faults import chosen, every, need_cluster
from chaos.report import as_json, table
from chaos.run import Plan, carry_out
from chaos.servers import private_servers
from worker.servers.orphan import die_with_parent_if_asked

QUICK_SECONDS = 180
QUICK_PACE = 0.4


def main() -> int:
    """0 when every promise was kept, else 1."""
    words = _words()
    if words.list:
        sys.stdout.writelines(f"{name}\n" for name in every())
        return 0
    die_with_parent_if_asked()
    logging.disable()  # the clients tell of every connection that breaks, which is what we are here for
    points.refuse_missing()
    seed = secrets.randbits(32) if words.seed is None else words.seed
    faults = chosen(words.faults.split(","))
    plan = Plan(
        seed=seed,
        seconds=QUICK_SECONDS if words.quick else words.minutes * 60,
        faults=faults,
        workers=words.workers,
        rate=words.rate,
        pace=QUICK_PACE if words.quick else words.pace,
        every_fault=words.every_fault,
    )
    logs = Path(words.logs or tempfile.mkdtemp(prefix="handover-chaos-"))
    logs.mkdir(parents=True, exist_ok=True)
    _say(f"seed {seed}, {len(plan.faults)} faults, the workers' logs are in {logs}")
    with private_servers(generation=words.rabbitmq, cluster=need_cluster(faults), say=_say) as servers:
        result = asyncio.run(carry_out(plan, servers, logs, _say))
    sys.stdout.write(json.dumps(as_json(result)) + "\n" if words.json else table(result))
    return 0 if result.verdict.valid else 1


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser("chaos", description="Break everything a worker depends on, and count.")
    parser.add_argument("--minutes", type=float, default=10, help="how long things break (10)")
    parser.add_argument("--seed", type=int, help="of a run to repeat; else a new one")
    parser.add_argument(
        "--faults",
        default="",
        help="names, or how they begin, with commas between; else all but cluster-*",
    )
    parser.add_argument(
        "--rabbitmq",
        type=int,
        default=int(os.environ.get("TEST_RABBITMQ") or 0) or None,
        help="its generation: 3 or 4; else what this machine has",
    )
    parser.add_argument("--workers", type=int, default=2, help="worker processes (2)")
    parser.add_argument("--rate", type=float, default=60, help="messages a second (60)")
    parser.add_argument(
        "--pace", type=float, default=1, help="how long faults last: 1 is longer than every limit"
    )
    parser.add_argument("--quick", action="store_true", help="under five minutes, as many faults as fit in")
    parser.add_argument("--every-fault", action="store_true", help="go on until each fault has struck once")
    parser.add_argument("--logs", help="folder for the workers' logs; else a new one")
    parser.add_argument("--list", action="store_true", help="name the faults, and do nothing")
    parser.add_argument("--json", action="store_true", help="the result as one line of JSON")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
