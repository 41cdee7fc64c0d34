"""What PostgreSQL's answers mean."""

from collections.abc import Sequence

from worker.core.diagnosis.finding import Finding, State, fail, grade, ok, psql, some, span, warn

OLDEST_POSTGRES = 15
"""The oldest that the tests run on."""

SKEW_WARN_SECONDS, SKEW_FAIL_SECONDS = 1, 5
"""Waiting times mix the bots' clocks with PostgreSQL's: a second shows in them, five mislead."""

RESOLVE_DOUBLES = (
    'update inbox_sessions s set status = $$resolved$$, "updatedAt" = now()'
    " where s.status in ($$assigned$$, $$unassigned$$) and exists (select from inbox_sessions o"
    ' where o."tenantId" = s."tenantId" and o."contactId" = s."contactId"'
    " and o.status in ($$assigned$$, $$unassigned$$)"
    ' and (o.status = $$assigned$$, o."createdAt", o.id) > (s.status = $$assigned$$, s."createdAt", s.id))'
)
"""Of a contact's active sessions the one a handover would find stays: an assigned one, the newest of them."""

SET_ADRIFT_WAITING = (
    'update inbox_sessions set status = $$unassigned$$, "assignedAt" = null, "acceptedAt" = null, "updatedAt" = now()'
    ' where status = $$assigned$$ and "assignedAgentId" is null'
)

OWNERS = "OWNER_DATABASE_URL"
"""The variable a mend reads the URL from when DATABASE_URL's role cannot help itself."""

WHERE_ACTIVE = " where status in ($$assigned$$, $$unassigned$$)"
ONE_ACTIVE = "inbox_sessions_one_active"
MAKE_ONE_ACTIVE = (
    f"drop index concurrently if exists {ONE_ACTIVE}",
    f'create unique index concurrently {ONE_ACTIVE} on inbox_sessions ("tenantId", "contactId"){WHERE_ACTIVE}',
)


def version(name: str, number: int, where: str, answer_seconds: float) -> Finding:
    """`number` is PostgreSQL's server_version_num."""
    says = f"PostgreSQL {name.split(maxsplit=1)[0]} at {where} answers in {answer_seconds * 1000:.0f} ms"
    if number // 10_000 < OLDEST_POSTGRES:
        return fail("postgresql", f"{says}, but {OLDEST_POSTGRES} is the oldest that will do: upgrade it")
    return ok("postgresql", says)


def primary(*, standby: bool, read_only: bool, database: str) -> Finding:
    """Whether it takes writes; `database` is quoted as SQL wants it."""
    if standby:
        return fail(
            "primary",
            "it is a standby, which takes no writes: name the primary in DATABASE_URL",
            "handover config",
        )
    if read_only:
        mend = psql(
            "set default_transaction_read_only = off",
            "alter role current_user reset default_transaction_read_only",
            f"alter database {database} reset default_transaction_read_only",
        )
        return fail("primary", "it is set to read-only, for this role or the whole database", mend)
    return ok("primary", "it takes writes")


def clock(skew_seconds: float, error_seconds: float) -> Finding:
    """`skew_seconds` is PostgreSQL's clock less this machine's; half the round trip may be an error of ours."""
    surely = max(0.0, abs(skew_seconds) - error_seconds)
    state = grade(surely, above=SKEW_WARN_SECONDS, far_above=SKEW_FAIL_SECONDS)
    if state is State.OK:
        return ok("clock", "PostgreSQL's clock and this machine's agree to within a second")
    side = "ahead of" if skew_seconds > 0 else "behind"
    says = f"PostgreSQL's clock is {span(abs(skew_seconds))} {side} this machine's"
    return Finding("clock", state, says, "timedatectl set-ntp true")


def migrations(found: str | None, needed: str) -> Finding:
    """Revisions are numbers of one width, so that they compare as text."""
    if found == needed:
        return ok("migrations", f"the database is at revision {needed}, the newest")
    if found is not None and found > needed:
        return fail(
            "migrations",
            f"the database is at revision {found}, which this program is too old for: it knows {needed};"
            " its tables were not looked at",
            "pip install --upgrade handover-worker",
        )
    state = "has no tables of this program" if found is None else f"is at revision {found}"
    return fail(
        "migrations",
        f"the database {state}, revision {needed} is needed; its tables were not looked at",
        "handover migrate",
    )


def hidden_revision(role: str) -> Finding:
    """`role`, quoted as SQL wants it, may not read which revision the database is at."""
    says = f"{role} may not look into schema handover; its owner can let it; the tables were not looked at"
    grants = (
        f"grant usage on schema handover to {role}",
        f"grant select on handover.alembic_version to {role}",
    )
    return fail("rights", says, psql(*grants, database=OWNERS))


def rights(missing: Sequence[tuple[str, str]], absent: Sequence[str], role: str) -> list[Finding]:
    """`missing` are pairs of table and right; `absent` tables that are not there. `role` is quoted as SQL wants it."""
    findings = []
    if absent:
        says = f"there is no {some(absent)}, or it cannot be seen: restore it from a backup"
        findings.append(fail("tables", says))
    if missing:
        lacking = [f"{right} on {relation}" for relation, right in missing]
        grants = [f"grant {lack} to {role}" for lack in lacking]
        says = f"{role} may not {some(lacking)}; the tables' owner can let it"
        findings.append(fail("rights", says, psql(*grants, database=OWNERS)))
    return findings or [ok("rights", f"{role} may do all that the worker does")]


def one_active(*, guarded: bool) -> Finding:
    """Whether the index is there that makes a second active session of a contact impossible."""
    if guarded:
        return ok("one_active", "an index makes a second active session of a contact impossible")
    says = "no valid index keeps a contact from having two active sessions; every handover fails without it"
    return fail("one_active", says, psql(*MAKE_ONE_ACTIVE))


def doubles(contacts: int) -> Finding:
    """How many contacts have more than one active session."""
    if not contacts:
        return ok("doubles", "no contact has more than one active session")
    says = f"contacts with more than one active session: {contacts}; what mends it resolves all but the best of each"
    return fail("doubles", says, psql(RESOLVE_DOUBLES))


def adrift(sessions: int) -> Finding:
    """How many sessions are assigned to no agent."""
    if not sessions:
        return ok("adrift", "every assigned session names its agent")
    says = (
        f"sessions that are assigned to no agent: {sessions}; they wait, and no worker looks for them there,"
        " but for those that had to be accepted in time: once they are unassigned, they are given out"
    )
    return warn("adrift", says, psql(SET_ADRIFT_WAITING))


def invalid_index(name: str, *, unique: bool, being_built: bool) -> Finding:
    """An index PostgreSQL does not use. One that should keep values unique does not."""
    if being_built:
        return warn("indexes", f"{name} is being built; until then it is not used")
    mend = f"drop index concurrently {name}" if "_ccnew" in name else f"reindex index concurrently {name}"
    says = f"{name} is invalid: building it failed"
    if unique:
        return fail("indexes", f"{says}, and nothing is unique by it", psql(mend))
    return warn("indexes", f"{says}, and it only costs", psql(mend))


def missing_index(relation: str, columns: str, *, unique: bool) -> Finding:
    """An index that is not there: a unique one a statement relies on, or one that spares reading a whole table."""
    if unique:
        mend = psql(f"create unique index concurrently on {relation} ({columns})")
        return fail(
            "indexes", f"nothing keeps ({columns}) of {relation} unique; the worker relies on it", mend
        )
    mend = psql(f"create index concurrently on {relation} ({columns})")
    return warn("indexes", f"{relation} has no index on ({columns}), so all of it is read", mend)


def indexes(invalid: Sequence[Finding], missing: Sequence[Finding]) -> list[Finding]:
    """What is wrong with indexes, or that nothing is."""
    return [*invalid, *missing] or [ok("indexes", "every index the worker relies on is there and valid")]
