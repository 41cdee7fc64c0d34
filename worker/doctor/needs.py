"""What is needed of the database: rights, and indexes by what they are for, not by name."""

RIGHTS: dict[str, tuple[str, ...]] = {
    "inbox_sessions": ("select", "insert", "update"),
    "handover.tenants": ("select", "insert", "update"),
    "handover.teams": ("select",),
    "handover.agents": ("select", "update"),
    "handover.team_members": ("select",),
    "handover.turns": ("select", "insert", "update"),
    "handover.departures": ("select", "insert", "update", "delete"),
    "handover.handled_events": ("select", "insert", "delete"),
    "handover.assignments": ("select", "insert", "delete"),
    "handover.outbox": ("select", "insert", "update", "delete"),
    "handover.dead_letters": ("select", "insert", "update"),
    "handover.replays": ("select",),
    "handover.replay_letters": ("select", "update"),
}
"""Of the worker."""

UNIQUE = (
    ("handover.tenants", "tenant_id"),
    ("handover.turns", "tenant_id, pool_id, agent_id"),
    ("handover.handled_events", "tenant_id, event_id"),
    ("handover.departures", "tenant_id, agent_id"),
    ("handover.assignments", "session_id, version"),
    ("handover.outbox", "id"),
    ("handover.dead_letters", "id"),
    ("handover.replays", "id"),
    ("handover.replay_letters", 'replay_id, "position"'),
    ("handover.replay_letters", "replay_id, recorded_as"),
)
"""The keys that `on conflict` and the rising versions rely on."""

INDEXED = (
    ("inbox_sessions", "id"),
    ("inbox_sessions", '"tenantId", "contactId", "createdAt"'),
    ("inbox_sessions", '"tenantId", status, "createdAt"'),
    ("inbox_sessions", '"assignedAgentId"'),
    ("inbox_sessions", '"tenantId", "assignedTeamId", priority, "createdAt", "updatedAt"'),
    ("inbox_sessions", '"updatedAt"'),
    ("inbox_sessions", '"tenantId", "assignedAt"'),
    ("inbox_messages", '"sessionId"'),
    ("handover.agents", "tenant_id"),
    ("handover.teams", "tenant_id"),
    ("handover.team_members", "agent_id"),
    ("handover.outbox", "leased_until"),
    ("handover.handled_events", "handled_at"),
    ("handover.assignments", "tenant_id, contact_id"),
    ("handover.assignments", "decided_at"),
    ("handover.dead_letters", "last_at"),
    ("handover.dead_letters", "state, last_at"),
    ("handover.dead_letters", "fingerprint"),
    ("handover.dead_letters", "tenant_id, contact_id"),
    ("handover.dead_letters", "tenant_id, event_id"),
    ("handover.dead_letters", "superseded_by"),
    ("handover.dead_letters", "replay_id"),
    ("handover.replays", "started_at"),
    ("handover.replay_letters", "letter_id"),
)
"""Where a statement of ours would read a whole table without an index that begins so."""
