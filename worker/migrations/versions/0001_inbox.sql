-- The shared inbox tables keep the inbox application's quoted camelCase. What this makes of `inbox_sessions`,
-- worker.core.adoption makes of one that is in use: a test compares the two.

create type inbox_sessions_status_enum as enum ('unassigned', 'assigned', 'resolved');

create table inbox_sessions (
    id uuid primary key default gen_random_uuid(),
    "tenantId" varchar(50) not null,
    "contactId" varchar(100) not null,
    "contactName" varchar(100),
    status inbox_sessions_status_enum not null default 'unassigned',
    channel varchar not null default 'whatsapp',
    "assignedAgentId" uuid,
    "assignedAt" timestamptz,
    "acceptedAt" timestamptz,
    "assignedTeamId" uuid,
    priority int not null default 0,
    context jsonb,
    "lastMessageAt" timestamptz,
    "createdAt" timestamptz not null default now(),
    "updatedAt" timestamptz not null default now()
);

-- Every session of a contact, the resolved ones too: what operators list.
create index inbox_sessions_contact on inbox_sessions ("tenantId", "contactId", "createdAt");
-- An agent's open sessions: their tab, and their capacity.
create index inbox_sessions_agent on inbox_sessions ("assignedAgentId") where status = 'assigned';
-- The Unassigned and Resolved tabs.
create index inbox_sessions_status on inbox_sessions ("tenantId", status, "createdAt");

-- One active session per contact: impossible to break, not unlikely. Made after the other indexes: of plans
-- that cost the same, as all do by the statistics of an empty table, PostgreSQL takes the newest index.
create unique index inbox_sessions_one_active on inbox_sessions ("tenantId", "contactId")
    where status in ('assigned', 'unassigned');

create table inbox_messages (
    id uuid primary key default gen_random_uuid(),
    "sessionId" uuid not null references inbox_sessions (id),
    "tenantId" varchar(50) not null,
    "contactId" varchar(100) not null,
    direction varchar(20) not null,
    content text,
    "createdAt" timestamptz not null default now()
);
create index inbox_messages_session on inbox_messages ("sessionId", "createdAt");
