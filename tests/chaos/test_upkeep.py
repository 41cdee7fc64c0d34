"""What grows without end is noticed, and what fills up once is not."""

import os

from chaos.upkeep import LONG_SECONDS, MIB, Look, Upkeep, memory_of


def looked(*memories: int | None, seconds: float = LONG_SECONDS, table: int = MIB) -> Upkeep:
    """A look for each amount of memory, all of them together so many seconds."""
    step = seconds / (len(memories) - 1)
    return Upkeep(
        lambda: None,
        [Look(n * step, memory, 7, {"outbox": table}, {"outbox": 0}) for n, memory in enumerate(memories)],
    )


def test_memory_that_fills_up_once_is_no_growth() -> None:
    assert looked(10 * MIB, 90 * MIB, 95 * MIB, 90 * MIB, None).grown() == []


def test_memory_that_grows_after_a_quarter_is() -> None:
    assert looked(80 * MIB, 90 * MIB, 150 * MIB, 200 * MIB, None).grown() == [
        "the veteran's memory went from 90.0 MiB to 200.0"
    ]


def test_a_table_that_grows_is() -> None:
    upkeep = looked(MIB, MIB, MIB, MIB)
    upkeep.looks.append(Look(LONG_SECONDS + 1, MIB, 7, {"outbox": 20 * MIB}, {"outbox": 0}))
    assert upkeep.grown() == ["outbox went from 1.0 MiB to 20.0"]


def test_a_short_run_tells_nothing() -> None:
    assert looked(MIB, MIB, 900 * MIB, seconds=10).grown() == []


def test_the_memory_of_a_process_is_seen_where_there_is_proc() -> None:
    mine = memory_of(os.getpid())
    assert mine is None or mine > MIB
    assert memory_of(None) is None
