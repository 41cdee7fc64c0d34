from collections.abc import AsyncIterator

import asyncpg
import pytest

from worker.database import connect


@pytest.fixture
async def rival(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A second connection: another worker, or another program."""
    opened = await connect(database, name="rival")
    yield opened
    await opened.close()


@pytest.fixture
async def observer(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that looks at who waits for whom."""
    opened = await connect(database, name="observer")
    yield opened
    await opened.close()
