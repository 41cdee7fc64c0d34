"""What the worker needs of `inbox_sessions`: columns, indexes, triggers. Revisions 0001, 0004, 0008 make the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.core.adoption.seen import Index

TEXT = frozenset({"varchar", "text"})
TIME = frozenset({"timestamptz"})
UUID = frozenset({"uuid"})

TYPES = {
    "id": UUID,
    "tenantId": TEXT,
    "contactId": TEXT,
    "contactName": TEXT,
    "channel": TEXT,
    "assignedAgentId": UUID,
    "assignedAt": TIME,
    "acceptedAt": TIME,
    "assignedTeamId": UUID,
    "priority": frozenset({"int2", "int4", "int8"}),
    "context": frozenset({"jsonb"}),
    "lastMessageAt": TIME,
    "createdAt": TIME,
    "updatedAt": TIME,
}
"""The types of each column that will do, as PostgreSQL calls them. `status` is text or any enum that has our labels."""

ACTIVE_LABELS = ("unassigned", "assigned")
LABELS = (*ACTIVE_LABELS, "resolved")
REQUIRED = ("id", "tenantId", "contactId", "status")
"""Without these it is no table of sessions; all others can be added."""

ADDABLE = {
    "contactName": "varchar(100)",
    "channel": "varchar not null default 'whatsapp'",
    "assignedAgentId": "uuid",
    "assignedAt": "timestamptz",
    "acceptedAt": "timestamptz",
    "assignedTeamId": "uuid",
    "priority": "int not null default 0",
    "context": "jsonb",
    "lastMessageAt": "timestamptz",
    "createdAt": "timestamptz not null default now()",
    "updatedAt": "timestamptz not null default now()",
}
LENGTHS = {"tenantId": 50, "contactId": 100, "contactName": 100}
LONGEST_LABEL = max(LABELS, key=len)
OF_A_CONTACT = frozenset({'"tenantId"', '"contactId"', "channel", '"assignedTeamId"', "status"})
"""As SQL quotes them. A contact has many sessions over time that are alike in all of these."""

EMPTIED = ("contactName", "context", "assignedAgentId", "assignedAt", "acceptedAt", "assignedTeamId")
"""The worker writes null into these."""

FILLED = ("tenantId", "contactId", "status", "channel", "priority", "createdAt", "updatedAt")
"""The worker takes it that an active session has something in these."""

INSERTED = frozenset({*REQUIRED, *ADDABLE} - {"acceptedAt", "lastMessageAt"})
"""What the worker's inserts name: any other column must do without."""

ACTIVE = "status in ('assigned', 'unassigned')"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An index: `columns` as SQL quotes them, `on` what it is made on, with its condition."""

    name: str
    columns: Sequence[str]
    on: str
    unique: bool = False

    @property
    def sql(self) -> str:
        kind = "unique index" if self.unique else "index"
        return f"create {kind} concurrently if not exists {self.name} on inbox_sessions {self.on}"

    def is_met_by(self, index: Index) -> bool:
        """Another one does as well if it begins with these columns and holds every session; never a unique one."""
        if not index.valid:
            return False
        if index.name == self.name:
            return True
        begins = tuple(index.columns[: len(self.columns)]) == tuple(self.columns)
        return begins and not index.partial and not self.unique

    def is_taken_by(self, index: Index) -> bool:
        """Whether it has the name and is something else."""
        return index.name == self.name and (
            tuple(index.columns) != tuple(self.columns)
            or (self.unique and not (index.unique and index.partial))
        )


INDEXES = (
    Wanted(
        "inbox_sessions_contact",
        ('"tenantId"', '"contactId"', '"createdAt"'),
        '("tenantId", "contactId", "createdAt")',
    ),
    Wanted(
        "inbox_sessions_agent",
        ('"assignedAgentId"',),
        "(\"assignedAgentId\") where status = 'assigned'",
    ),
    Wanted(
        "inbox_sessions_status",
        ('"tenantId"', "status", '"createdAt"'),
        '("tenantId", status, "createdAt")',
    ),
    Wanted(
        "inbox_sessions_waiting",
        ('"tenantId"', '"assignedTeamId"', "priority", '"createdAt"', '"updatedAt"'),
        '("tenantId", "assignedTeamId", priority desc, "createdAt", "updatedAt") where status = \'unassigned\'',
    ),
    Wanted(
        "inbox_sessions_waiting_age",
        ('"updatedAt"',),
        "(\"updatedAt\") where status = 'unassigned'",
    ),
    Wanted(
        "inbox_sessions_unaccepted",
        ('"tenantId"', '"assignedAt"'),
        '("tenantId", "assignedAt") where status = \'assigned\' and "acceptedAt" is null',
    ),
)
ONE_ACTIVE = Wanted(
    "inbox_sessions_one_active",
    ('"tenantId"', '"contactId"'),
    f'("tenantId", "contactId") where {ACTIVE}',
    unique=True,
)

WAKE = """create or replace function handover.tell_of_session() returns trigger language plpgsql as $$
begin
    -- Nothing of schema handover: this runs as whoever writes, and they need no right there.
    perform pg_notify('handover_wake', old."tenantId");
    return null;
end $$"""
TRIGGERS = {
    "tell_of_session": "create or replace trigger tell_of_session after update of status on inbox_sessions"
    " for each row when (old.status = 'assigned' and new.status <> 'assigned')"
    " execute function handover.tell_of_session()",
    "tell_of_deletion": "create or replace trigger tell_of_deletion after delete on inbox_sessions"
    " for each row when (old.status = 'assigned') execute function handover.tell_of_session()",
}
