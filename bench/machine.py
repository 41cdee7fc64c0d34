"""What the figures were measured on: without it they mean nothing."""

import os
import platform
import subprocess
from pathlib import Path

import aiormq
import asyncpg

from bench.databases import Databases


async def described(databases: Databases, amqp: str) -> str:
    """Machine, servers and program, in a line."""
    connection = await asyncpg.connect(databases.url("postgres"))
    try:
        postgres = await connection.fetchval("show server_version")
    finally:
        await connection.close()
    broker = await aiormq.connect(amqp)
    rabbit = broker.server_properties.get("version")
    await broker.close()
    parts = [
        f"{os.cpu_count()} x {_processor()}",
        f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        platform.platform(terse=True),
        f"Python {platform.python_version()}",
        f"PostgreSQL {postgres}",
        f"RabbitMQ {rabbit.decode() if isinstance(rabbit, bytes) else rabbit}",
        f"commit {_commit()}",
    ]
    return ", ".join(parts)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"
