"""A reader at a terminal: commands that answer, commands that run until Ctrl-C, tables that move."""

import asyncio
import os
import pty
import re
import signal
import subprocess
from asyncio.subprocess import PIPE, STDOUT, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from processes import IN_TIME

STYLE = re.compile(r"\x1b\[[0-9;]*m")
MOVE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Shell:
    """Where commands are typed."""

    environment: dict[str, str]
    folder: Path

    async def answer(self, command: str) -> tuple[int | None, list[str]]:
        """Its exit code, and what it printed, on stdout or stderr."""
        process = await asyncio.create_subprocess_shell(
            command, env=self.environment, cwd=self.folder, stdout=PIPE, stderr=STDOUT
        )
        async with asyncio.timeout(IN_TIME):
            said, _ = await process.communicate()
        return process.returncode, said.decode().splitlines()

    async def begin(self, command: str, ready: str) -> Process:
        """A command that runs until Ctrl-C, once it has said on stderr that it is ready."""
        process = await asyncio.create_subprocess_shell(
            f"exec {command}", env=self.environment, cwd=self.folder, stdout=PIPE, stderr=PIPE
        )
        assert process.stderr
        async with asyncio.timeout(IN_TIME):
            while ready not in (said := (await process.stderr.readline()).decode()):
                assert said, f"{command} ended"
        return process


async def next_line(process: Process) -> str:
    """The next line on its stdout."""
    assert process.stdout
    async with asyncio.timeout(IN_TIME):
        return (await process.stdout.readline()).decode().rstrip("\n")


async def interrupted(process: Process) -> int | None:
    """Its exit code after Ctrl-C."""
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(IN_TIME):
        await process.communicate()
    return process.returncode


def seen_on_a_terminal(command: list[str | Path], environment: dict[str, str]) -> list[str]:
    """The lines a terminal of 40 by 120 is sent until the command ends, all frames of a table."""
    ours, theirs = pty.openpty()
    terminal = {**environment, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    with subprocess.Popen(command, env=terminal, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        sent = b""
        with suppress(OSError):  # how Linux says that nobody writes to it any more
            while data := os.read(ours, 65536):
                sent += data
    os.close(ours)
    assert process.returncode == 0
    return [line.rstrip() for line in MOVE.sub("\n", STYLE.sub("", sent.decode())).splitlines()]
