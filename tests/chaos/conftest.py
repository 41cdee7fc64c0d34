"""Servers that may be broken: not those the other tests share."""

from collections.abc import Iterator

import pytest

from chaos.servers import Servers, private_servers


@pytest.fixture(scope="session")
def breakable() -> Iterator[Servers]:
    with private_servers() as started:
        yield started
