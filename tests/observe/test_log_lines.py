"""Many lines at once are the lines one at a time, and an error tells no secrets."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any, Literal
from uuid import uuid4

import asyncpg
import pytest
import structlog

from worker.logs import configure, told

LINES: list[dict[str, Any]] = [
    {"event_id": "e-1", "agent_id": None, "version": 1},
    {"event_id": "\x1b[31m\n{}", "agent_id": str(uuid4()), "version": 2},
]


@pytest.fixture(autouse=True)
def unconfigured() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def written(
    form: Literal["json", "text"], capsys: pytest.CaptureFixture[str], say: Callable[[], None]
) -> list[str]:
    configure("info", form)
    say()
    return capsys.readouterr().err.splitlines()


def one_at_a_time() -> None:
    log = structlog.get_logger()
    for line in LINES:
        log.info("handed_over", **line)


def test_lines_told_at_once_say_what_each_would_have_said(capsys: pytest.CaptureFixture[str]) -> None:
    singly = map(json.loads, written("json", capsys, one_at_a_time))
    together = map(json.loads, written("json", capsys, lambda: told("handed_over", LINES)))

    assert [line | {"timestamp": 0} for line in together] == [line | {"timestamp": 0} for line in singly]


def test_lines_for_people_are_told_at_once_too(capsys: pytest.CaptureFixture[str]) -> None:
    singly = written("text", capsys, one_at_a_time)
    together = written("text", capsys, lambda: told("handed_over", LINES))

    assert [line.split(" ", 1)[1] for line in together] == [line.split(" ", 1)[1] for line in singly]


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_error_is_shown_without_what_passwords_and_customers_are_in(
    form: Literal["json", "text"], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(password: str) -> None:
        said = "refused\nDETAIL:  Failing row contains (what she said)."
        raise asyncpg.CheckViolationError(said) from OSError(f"first, {len(password)}")

    def say() -> None:
        try:
            fail("hunter" + "2")
        except asyncpg.CheckViolationError as error:
            structlog.get_logger().warning("put_off", exc_info=error)

    text = "\n".join(written(form, capsys, say))

    assert "hunter2" not in text
    assert "she said" not in text
    assert text.index("OSError: first") < text.index("in fail") < text.index("CheckViolationError: refused")


def test_of_several_errors_each_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    group = ExceptionGroup("two", [ValueError("one"), ExceptionGroup("inner", [KeyError("other")])])

    text = "\n".join(written("text", capsys, lambda: structlog.get_logger().error("ended", exc_info=group)))

    assert [
        each for each in ("ValueError: one", "KeyError: 'other'", "ExceptionGroup: two") if each not in text
    ] == []


def test_lines_below_the_level_are_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    configure("warning", "json")

    told("handed_over", LINES)

    assert capsys.readouterr().err == ""
