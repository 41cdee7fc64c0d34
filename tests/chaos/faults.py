"""Every fault there is, by name."""

from collections.abc import Sequence

from chaos import (
    faults_cluster,
    faults_network,
    faults_operator,
    faults_postgres,
    faults_rabbitmq,
    faults_worker,
)
from chaos.nemesis import Fault

MODULES = (
    faults_worker,
    faults_operator,
    faults_rabbitmq,
    faults_postgres,
    faults_network,
    faults_cluster,
)


def every() -> dict[str, Fault]:
    """All of them."""
    return {fault.name: fault for module in MODULES for fault in module.faults()}


def chosen(words: Sequence[str]) -> list[Fault]:
    """Those whose names begin with one of the words; with an empty word all that need no cluster.

    Raises ValueError for a word that chooses none.
    """
    found = every()
    for word in words:
        if not any(name.startswith(word) for name in found):
            raise ValueError(f"no fault begins with {word!r}: choose of {', '.join(found)}")
    return [fault for name, fault in found.items() if any(_means(word, name) for word in words)]


def need_cluster(faults: Sequence[Fault]) -> bool:
    """Whether one node of RabbitMQ is not enough for them."""
    return any(_of_cluster(fault.name) for fault in faults)


def _means(word: str, name: str) -> bool:
    return name.startswith(word) if word else not _of_cluster(name)


def _of_cluster(name: str) -> bool:
    return name.startswith(faults_cluster.PREFIX)
