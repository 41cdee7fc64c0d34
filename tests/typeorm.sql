-- An inbox as TypeORM makes it: quoted camelCase, an enum, foreign keys with hashes for names, no unique index.
-- As of the extension uuid-ossp, which is not installed everywhere.
create function uuid_generate_v4() returns uuid language sql as $$ select gen_random_uuid() $$;
create table users (
    id uuid primary key default uuid_generate_v4(), "tenantId" varchar(50) not null, name varchar(100) not null,
    "isActive" boolean not null default true
);
create type agent_profiles_status_enum as enum ('online', 'offline', 'busy');
create table agent_profiles (
    "userId" uuid not null constraint "PK_9f1c" primary key constraint "FK_9f1d" references users (id),
    status agent_profiles_status_enum not null default 'offline', "maxConcurrentChats" int not null default 3,
    "statusReason" varchar
);
create table teams (
    id uuid not null default uuid_generate_v4() constraint "PK_7e5d" primary key, "tenantId" varchar(50) not null,
    name varchar(100) not null, "routingStrategy" varchar not null default 'round_robin', schedule jsonb,
    "routingConfig" jsonb, "isActive" boolean not null default true, "isDefault" boolean not null default false
);
create table team_members (
    id uuid not null default uuid_generate_v4() primary key, "teamId" uuid not null references teams (id),
    "userId" uuid not null references users (id), role varchar not null default 'agent',
    "isActive" boolean not null default true, constraint "UQ_77be" unique ("teamId", "userId")
);
create type session_state as enum ('unassigned', 'assigned', 'resolved', 'archived');
create table inbox_sessions (
    id uuid not null default uuid_generate_v4() constraint "PK_11aa" primary key,
    "tenantId" varchar(50) not null, "contactId" varchar(100) not null, "contactName" varchar(100),
    status session_state not null default 'unassigned', channel varchar not null default 'whatsapp',
    "assignedAgentId" uuid constraint "FK_7e3e" references users (id), "assignedAt" timestamptz,
    "assignedTeamId" uuid constraint "FK_7e3f" references teams (id), context jsonb,
    "lastMessageAt" timestamptz, "lastReadAt" timestamptz, "lastInboundMessageAt" timestamptz,
    "createdAt" timestamptz not null default now(), "updatedAt" timestamptz not null default now()
);
create index "IDX_4a0b" on inbox_sessions ("tenantId", status);
create index "IDX_4a0c" on inbox_sessions ("assignedAgentId");
create table messages (
    id uuid not null default uuid_generate_v4() primary key, "sessionId" uuid constraint "FK_5b1c"
        references inbox_sessions (id) on delete set null, content text
);
create table resolutions (
    id uuid not null default uuid_generate_v4() primary key, "sessionId" uuid not null unique constraint "FK_5b1d"
        references inbox_sessions (id), notes text
);
create table migrations (id serial primary key, "timestamp" bigint not null, name varchar not null);
