"""Commands answer at once: what they do not need is not imported."""

import subprocess
import sys

import asyncpg
import pytest
from builders import a_handover, given_agents, handed_over

SLOW = {"structlog", "aio_pika", "aiormq", "tenacity", "sqlalchemy", "alembic"}
"""Each of them takes longer to import than the statements take to run."""

RUN = """
import sys
from worker.cli import app
try:
    app(["sessions", *sys.argv[1:]])
except SystemExit as end:
    assert not end.code, end.code
print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("explain", "--contact", "+254 745 050 238"),
        ("reset", "--contact", "254745050238", "--dry-run"),
    ],
    ids=lambda words: words[0],
)
async def test_neither_the_broker_s_client_nor_a_logger_is_imported(
    connection: asyncpg.Connection, environment: dict[str, str], words: tuple[str, ...]
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover())

    result = subprocess.run(  # noqa: ASYNC221 - there is nothing else to do meanwhile
        [sys.executable, "-c", RUN, *words, "--tenant", "acme"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert SLOW & set(result.stderr.splitlines()[-1].split()) == set()
