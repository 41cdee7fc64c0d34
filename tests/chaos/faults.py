"""Every fault there is, by name."""

from collections.abc import Sequence

from chaos import faults_network, faults_operator, faults_postgres, faults_rabbitmq, faults_worker
from chaos.nemesis import Fault


def every() -> dict[str, Fault]:
    """All of them."""
    return {
        fault.name: fault
        for module in (faults_worker, faults_operator, faults_rabbitmq, faults_postgres, faults_network)
        for fault in module.faults()
    }


def chosen(words: Sequence[str]) -> list[Fault]:
    """Those whose names begin with one of the words. Raises ValueError for a word that chooses none."""
    found = every()
    for word in words:
        if not any(name.startswith(word) for name in found):
            raise ValueError(f"no fault begins with {word!r}: choose of {', '.join(found)}")
    return [fault for name, fault in found.items() if any(name.startswith(word) for word in words)]
