"""What commands print does not steer the terminal it is printed on."""

import json

import pytest
from pydantic_core import to_json

from worker.cli.output import emit


def test_json_says_the_control_characters_that_json_itself_would_let_through_in_its_own_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = "\x1b[31m\x7f\x9b31m\x9d8;;http://x\x9c 王 é"

    emit(to_json({"name": name}).decode())

    printed = capsys.readouterr().out
    assert printed == '{"name":"\\u001b[31m\\u007f\\u009b31m\\u009d8;;http://x\\u009c 王 é"}\n'
    assert json.loads(printed) == {"name": name}
