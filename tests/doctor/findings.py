"""Reading findings, and doing what they say."""

import shlex
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import asyncpg

from worker.core.diagnosis import Finding, State


def amiss(findings: Iterable[Finding]) -> list[tuple[str, State]]:
    """What is not ok."""
    return [(finding.check, finding.state) for finding in findings if finding.state is not State.OK]


def one(findings: Iterable[Finding], check: str) -> Finding:
    [found] = [finding for finding in findings if finding.check == check]
    return found


async def mend(finding: Finding, url: str) -> None:
    """What the finding's `psql` command does."""
    assert finding.mend
    psql, _, *words = shlex.split(finding.mend)
    assert psql == "psql"
    connection = await asyncpg.connect(url)
    try:
        for statement in words[1::2]:
            await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def a_deaf_server() -> Iterator[str]:
    """Host and port of somebody who accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"
