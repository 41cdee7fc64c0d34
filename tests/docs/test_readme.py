"""README.md's commands are typed, in order, and answer as it shows."""

import asyncio
import json
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import readme
from processes import HANDOVER, IN_TIME
from terminal import Shell, interrupted, next_line, seen_on_a_terminal

EXEMPT = {
    "make run": "starts servers of its own; what it shows is compared with `handover demo` below",
    "make test": "is what runs this",
    "docker compose up --build": "wants a Docker daemon; test_compose and test_image go as far as one can without",
}
WATCH = "handover watch --tenant acme"
ELSEWHERE = "rabbitmqctl "
"""What test_rights types."""

ENDLESS = {"handover worker": '"consuming"', WATCH: "watching", "handover console": '"console_open"'}
"""Commands that run until Ctrl-C, and what they say when they are ready."""

WORKER_IS_BEHIND = ("handover doctor", "handover dead-letters groups", "handover sessions explain")
"""Commands that show what a worker does after the command before: they are given time, and change nothing."""

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")
REVISION = re.compile(r"\b0\d{3}\b")
EVENT_ROW = re.compile(r"\d\d:\d\d:\d\d +(assigned|waiting) +\d{12}( \w+)? +(\w+|-) +\w+ +\d+ +\d+")


def test_every_block_is_of_a_kind_that_is_run() -> None:
    assert readme.languages() == readme.known_languages()


def test_only_these_commands_are_not_run() -> None:
    commands = {step.command for step in readme.steps()}
    assert {command for command in commands if not command.startswith(("handover ", ELSEWHERE))} == set(
        EXEMPT
    )
    assert set(ENDLESS) <= commands


async def test_commands_answer_as_shown(
    environment: dict[str, str], create_database: Callable[[str], str], tmp_path: Path
) -> None:
    own = {
        "DATABASE_URL": create_database("readme"),
        "HANDOVER_CONSOLE_PORT": "0",
        "PATH": f"{HANDOVER.parent}:{os.environ['PATH']}",
    }
    shell = Shell({**environment, **own}, tmp_path)
    endless = {}
    ids: dict[str, str] = {}
    try:
        for step in readme.steps():
            if step.command in ENDLESS:
                endless[step.command] = await shell.begin(step.command, ENDLESS[step.command])
            elif step.command not in EXEMPT and not step.command.startswith(ELSEWHERE):
                await answers_as_shown(shell, step, ids)
        events = [json.loads(await next_line(endless[WATCH])) for _ in range(2)]
    finally:
        codes = [await interrupted(process) for process in endless.values()]

    assert [event["data"]["contactId"] for event in events] == ["254745050238", "visitor-81f3"]
    assert codes == [0] * len(ENDLESS)


def test_the_demonstration_shows_such_a_table(environment: dict[str, str]) -> None:
    [told] = [step.shown for step in readme.steps() if step.command == "make run"]
    begin, head, _, *rows_told = [line for line in told if line != "..."]
    seen = seen_on_a_terminal([HANDOVER, "demo", "--yes", "--seconds=4"], environment)
    rows_seen = [line for line in seen if line[2:3] == ":"]

    assert begin in seen
    assert head.split() in [line.split() for line in seen]
    assert rows_seen
    assert [row for row in [*rows_told, *rows_seen] if not EVENT_ROW.fullmatch(row)] == []


async def answers_as_shown(
    shell: Shell, step: readme.Step, ids: dict[str, str], *, expected: int = 0
) -> None:
    """`ids` are those on the page and what they are in this run: what an answer has is put into later commands."""
    command = UUID.sub(lambda found: ids.get(found[0], found[0]), step.command)
    code, lines = await shell.answer(command)
    async with asyncio.timeout(IN_TIME):
        while step.command.startswith(WORKER_IS_BEHIND) and not _is_as_shown(lines, step.shown):
            code, lines = await shell.answer(command)
    if not _is_as_shown(lines, step.shown):
        assert (step.command, *_shape(lines)) == (step.command, *_shape(step.shown))
    assert (step.command, code) == (step.command, expected)
    told, seen = (UUID.findall("\n".join(each)) for each in (step.shown, lines))
    if len(told) == len(seen):
        ids.update(zip(told, seen, strict=True))


def _is_as_shown(lines: Iterable[str], shown: Iterable[str]) -> bool:
    """Whether they are the same but for what is left out: `...` alone is any lines, at a line's end any words."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n"
        for line in _shape(shown)
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _shape(lines))) is not None


def _shape(lines: Iterable[str]) -> list[str]:
    """The lines without what differs from one run, or one version, to the next."""
    return [TIME.sub("<time>", REVISION.sub("<revision>", UUID.sub("<id>", line))).rstrip() for line in lines]
