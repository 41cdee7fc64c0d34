"""Looking at `inbox_sessions`: reads only, and locks nothing."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import asyncpg
from asyncpg import Connection

from schemas.contact import PHONE_CHANNELS
from worker import sql
from worker.adoption import NoInbox, NotAdopted
from worker.core.adoption import Column, Doubled, Doubles, ForeignKey, Index, Seen, Spelt, plan
from worker.core.adoption.needs import ACTIVE_LABELS, FILLED, LABELS, REQUIRED

EXAMPLES = 6
NOT_GUARDED = (
    asyncpg.SyntaxOrAccessError,
    asyncpg.DataError,
    asyncpg.FeatureNotSupportedError,
    asyncpg.ObjectNotInPrerequisiteStateError,
)
"""No such index, or no such column, no such status, no table."""

LOOK_SECONDS = 600
"""A table without indexes is read as a whole, and it may be large."""


async def look(connection: Connection) -> Seen:
    """What there is. Raises NoInbox."""
    found = await connection.fetchrow(sql.see_inbox)
    if found is None:
        raise NoInbox(
            f"there is no inbox_sessions in schema public of database {await _database(connection)}:"
            " `handover migrate` makes one; if yours is elsewhere, see DATABASE_URL"
        )
    columns = {row["name"]: Column(**row) for row in await connection.fetch(sql.see_inbox_columns)}
    keys = await connection.fetch(sql.see_inbox_keys)
    readable = columns.keys() >= set(REQUIRED)
    guarded = readable and await is_guarded(connection)
    others = await _others(connection) if readable else {}
    return Seen(
        **found,
        columns=columns,
        indexes=await _indexes(connection, _closed(columns, others)),
        guarded=guarded,
        # Reading every session is not needed to know of none.
        doubles=await _doubles(connection) if readable and not guarded else Doubles(0, 0, ()),
        blanks=await _blanks(connection, columns) if readable else {},
        others=others,
        refused=await _refused(connection) if readable else {},
        spelt=await _spelt(connection) if readable else Spelt(0, None),
        outgoing=[_key(row) for row in keys if not row["is_incoming"]],
        incoming=[_key(row) for row in keys if row["is_incoming"]],
        loose=[row["name"] for row in await connection.fetch(sql.see_loose_references)],
        strangers=await _strangers(connection),
    )


async def require_adopted(connection: Connection) -> None:
    """Raise NotAdopted, naming the commands, unless `inbox_sessions` is as the worker needs it."""
    if not plan(await look(connection), merge=False).is_done:
        raise NotAdopted(
            "inbox_sessions already exists and is not ready for this program; nothing was changed:"
            " see `handover db check`, then run `handover db adopt`"
        )


async def is_guarded(connection: Connection) -> bool:
    """Whether a valid index makes a second active session of a contact impossible."""
    try:
        await connection.fetch(sql.infer_active_index)
    except asyncpg.InsufficientPrivilegeError:
        raise
    except NOT_GUARDED:
        return False
    return True


def _closed(columns: Mapping[str, Column], others: Mapping[str, int]) -> list[str]:
    """The statuses a session of this inbox may have, but for the active ones."""
    labels = columns["status"].labels if "status" in columns else None
    return sorted({*(labels or (*LABELS, *others))}.difference(ACTIVE_LABELS))


async def _indexes(connection: Connection, closed: Sequence[str]) -> list[Index]:
    found = [dict(row) for row in await connection.fetch(sql.see_inbox_indexes)]
    return [Index(holds=await _held(connection, row.pop("ask"), closed), **row) for row in found]


async def _held(connection: Connection, ask: str | None, closed: Sequence[str]) -> dict[str, bool | None]:
    if ask is None:
        return {}
    try:
        return {row["status"]: row["held"] for row in await connection.fetch(ask, closed)}
    except asyncpg.PostgresError:  # a condition of theirs may fail on a session that has nothing but a status
        return dict.fromkeys(closed)


async def _refused(connection: Connection) -> dict[str, list[str]]:
    refused = {}
    for name, ask in await connection.fetch(sql.see_inbox_checks):
        with suppress(asyncpg.DataError):
            refused[name] = [row["status"] for row in await connection.fetch(ask, LABELS)]
    return {name: statuses for name, statuses in refused.items() if statuses}


async def _doubles(connection: Connection) -> Doubles:
    try:
        rows = await connection.fetch(sql.find_doubles, EXAMPLES, timeout=LOOK_SECONDS)
    except asyncpg.DataError:  # an enum without our labels, which is named elsewhere
        return Doubles(0, 0, ())
    if not rows:
        return Doubles(0, 0, ())
    examples = [Doubled(row["tenant_id"], row["contact_id"], row["sessions"]) for row in rows]
    return Doubles(rows[0]["all_contacts"], rows[0]["all_sessions"], examples)


async def _blanks(connection: Connection, columns: Mapping[str, Column]) -> dict[str, int]:
    may_be_null = [name for name in FILLED if name in columns and columns[name].nullable]
    if not may_be_null:
        return {}
    try:
        rows = await connection.fetch(sql.count_blanks, may_be_null, timeout=LOOK_SECONDS)
    except asyncpg.DataError:
        return {}
    return {row["name"]: row["sessions"] for row in rows}


async def _others(connection: Connection) -> dict[str, int]:
    rows = await connection.fetch(sql.count_other_statuses, timeout=LOOK_SECONDS)
    return {row["status"]: row["sessions"] for row in rows}


async def _spelt(connection: Connection) -> Spelt:
    try:
        [row] = await connection.fetch(sql.count_spellings, sorted(PHONE_CHANNELS), timeout=LOOK_SECONDS)
    except asyncpg.DataError:
        return Spelt(0, None)
    return Spelt(**row)


async def _strangers(connection: Connection) -> int:
    ask = await connection.fetchval(sql.ask_for_strangers)
    count: int = await connection.fetchval(ask) if ask else 0
    return count


async def _database(connection: Connection) -> str:
    return str(await connection.fetchval("select quote_ident(current_database())"))


def _key(row: asyncpg.Record) -> ForeignKey:
    return ForeignKey(row["name"], row["table"], row["column"], row["refers_to"], row["moves"])
