"""Whether everything stays small, however long it lasts: memory, connections, tables that are always rewritten."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from chaos.world import repeat

EVERY_SECONDS = 2.0
SETTLED_SHARE = 0.25
"""Of a run: what grows until then may be caches that fill."""

CONNECTIONS = """
    select count(*) from pg_stat_activity
    where datname = current_database() and application_name like 'handover-worker%'
"""
TABLES = """
    select relname, pg_total_relation_size(relid) as bytes, n_dead_tup as dead, autovacuum_count as vacuums
    from pg_stat_user_tables where schemaname = 'handover' and relname = any ('{outbox,tenants,turns}')
"""
MIB = 1 << 20
LONG_SECONDS = 300.0
"""Of looks, before they tell of growth."""
GROWTH = 1.25
SLACK = 16 * MIB
"""What may be added to a quarter more: memory is handed out in large pieces, a table's file never shrinks."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was there at a moment. `memory` is the veteran's, None while there is no such process."""

    at: float
    memory: int | None
    connections: int
    bytes: dict[str, int]
    dead: dict[str, int]


@dataclass(slots=True)
class Upkeep:
    """`veteran` is the process of the worker that nobody kills."""

    veteran: Callable[[], int | None]
    looks: list[Look] = field(default_factory=list)
    vacuums: int = 0
    _counted: dict[str, int] = field(default_factory=dict)

    async def look(self, connection: asyncpg.Connection) -> None:
        """Look once."""
        tables = {row["relname"]: row for row in await connection.fetch(TABLES)}
        for name, row in tables.items():
            # A server that was killed begins to count anew.
            self.vacuums += max(0, row["vacuums"] - self._counted.get(name, 0))
            self._counted[name] = row["vacuums"]
        self.looks.append(
            Look(
                time.monotonic(),
                memory_of(self.veteran()),
                await connection.fetchval(CONNECTIONS),
                {name: row["bytes"] for name, row in tables.items()},
                {name: row["dead"] for name, row in tables.items()},
            )
        )

    def grown(self) -> list[str]:
        """What did not stay as it was after a quarter of a long run."""
        if not self.looks or self.looks[-1].at - self.looks[0].at < LONG_SECONDS:
            return []
        quarter, last = self._quarter, self._last
        pairs = {"the veteran's memory": (quarter.memory, last.memory)}
        pairs |= {name: (quarter.bytes[name], size) for name, size in last.bytes.items()}
        return [
            f"{name} went from {before / MIB:.1f} MiB to {after / MIB:.1f}"
            for name, (before, after) in pairs.items()
            if before and after and after > before * GROWTH + SLACK
        ]

    @property
    def _quarter(self) -> Look:
        return self.looks[int(len(self.looks) * SETTLED_SHARE)]

    @property
    def _last(self) -> Look:
        """The last one while there were workers."""
        return next((look for look in reversed(self.looks) if look.memory), self.looks[-1])

    def figures(self) -> dict[str, int | float | None]:
        """Once the run is over."""
        if not self.looks:
            return {}
        quarter, last = self._quarter, self._last
        return {
            "memory at 25 %, MiB": _mib(quarter.memory),
            "memory at the end, MiB": _mib(last.memory),
            "connections at 25 %": quarter.connections,
            "connections at most": max(look.connections for look in self.looks),
            **{f"{name} at 25 %, KiB": size >> 10 for name, size in sorted(quarter.bytes.items())},
            **{f"{name} at the end, KiB": size >> 10 for name, size in sorted(last.bytes.items())},
            "dead tuples at most": max(sum(look.dead.values()) for look in self.looks),
            "dead tuples at the end": sum(last.dead.values()),
            "autovacuums": self.vacuums,
        }


async def watch(dsn: str, upkeep: Upkeep) -> None:
    """Look until cancelled, whenever there is a database to look at."""
    await repeat(dsn, upkeep.look, EVERY_SECONDS)


def memory_of(pid: int | None) -> int | None:
    """Bytes a process has in memory; None if there is no such process, or it cannot be seen here."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    resident = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(resident[0]) * 1024 if resident else None


def _mib(size: int | None) -> float | None:
    return None if size is None else round(size / MIB, 1)
