-- Schema handover is the worker's own, in plain snake_case.

-- The one lock per tenant, and its turn counter: turns only ever rise.
create table handover.tenants (
    tenant_id varchar(50) primary key,
    turn bigint not null default 0
) with (fillfactor = 50);

create table handover.teams (
    id uuid primary key default gen_random_uuid(),
    tenant_id varchar(50) not null,
    name varchar(100) not null,
    active boolean not null default true,
    is_default boolean not null default false,
    created_at timestamptz not null default now()
);
create index teams_tenant on handover.teams (tenant_id);
create unique index teams_one_default on handover.teams (tenant_id) where is_default;

create table handover.agents (
    id uuid primary key default gen_random_uuid(),
    tenant_id varchar(50) not null,
    name varchar(100) not null,
    status varchar(10) not null default 'offline' check (status in ('online', 'busy', 'offline')),
    active boolean not null default true,
    max_sessions int check (max_sessions >= 0),
    skills text[] not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index agents_tenant on handover.agents (tenant_id);

create table handover.team_members (
    team_id uuid not null references handover.teams (id) on delete cascade,
    agent_id uuid not null references handover.agents (id) on delete cascade,
    primary key (team_id, agent_id)
);
create index team_members_agent on handover.team_members (agent_id);

-- Who may take a session is read under the tenant's lock and must not change before that commits:
-- an agent who is offline when this statement returns gets nothing after it.
create function handover.lock_tenant(tenant varchar) returns void language plpgsql as $$
begin
    -- A tenant without a row may be getting it right now in a transaction we cannot see: this waits for it.
    insert into handover.tenants (tenant_id) values (tenant) on conflict do nothing;
    perform from handover.tenants where tenant_id = tenant for share;
end $$;

create function handover.lock_tenant_of_row() returns trigger language plpgsql as $$
begin
    perform handover.lock_tenant(old.tenant_id);
    return coalesce(new, old);
end $$;
create trigger lock_tenant before delete or update of tenant_id, status, active, max_sessions, skills
    on handover.agents for each row execute function handover.lock_tenant_of_row();
create trigger lock_tenant before update or delete on handover.teams
    for each row execute function handover.lock_tenant_of_row();

create function handover.lock_tenant_of_member() returns trigger language plpgsql as $$
begin
    perform handover.lock_tenant(tenant_id) from handover.teams where id = old.team_id;
    return coalesce(new, old);
end $$;
create trigger lock_tenant before update or delete on handover.team_members
    for each row execute function handover.lock_tenant_of_member();

-- Last turn per pool and agent; a pool is a team, or the nil uuid for everyone of the tenant.
create table handover.turns (
    tenant_id varchar(50) not null,
    pool_id uuid not null,
    agent_id uuid not null,
    turn bigint not null,
    primary key (tenant_id, pool_id, agent_id)
) with (fillfactor = 50);

create table handover.handled_events (
    tenant_id varchar(50) not null,
    event_id varchar(200) not null,
    contact_id varchar(100) not null,
    handled_at timestamptz not null default now(),
    primary key (tenant_id, event_id)
);
create index handled_events_age on handover.handled_events using brin (handled_at);

-- The audit: one row per session event. The highest version of a session is its version.
create table handover.assignments (
    session_id uuid not null,
    version int not null,
    tenant_id varchar(50) not null,
    contact_id varchar(100) not null,
    event_id varchar(200),
    what varchar(20) not null,
    reason varchar(20) not null,
    agent_id uuid,
    previous_agent_id uuid,
    pool_id uuid,
    turn bigint,
    considered int not null,
    passed_over jsonb not null,
    skills text[] not null,
    asked_at timestamptz not null,
    decided_at timestamptz not null,
    primary key (session_id, version)
);
create index assignments_contact on handover.assignments (tenant_id, contact_id, decided_at);
create index assignments_age on handover.assignments using brin (decided_at);

-- Events committed and not yet confirmed by the broker; a confirmed one is deleted.
create table handover.outbox (
    id uuid primary key,
    session_id uuid not null,
    version int not null,
    type varchar(50) not null,
    routing_key varchar(255) not null,
    correlation_id varchar(200),
    body bytea not null,
    created_at timestamptz not null default now(),
    leased_until timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create index outbox_due on handover.outbox (leased_until);

create table handover.dead_letters (
    id uuid primary key,
    queue varchar(255) not null,
    exchange varchar(255) not null,
    routing_key varchar(255) not null,
    properties jsonb not null,
    body bytea not null,
    reason varchar(20) not null,
    error text not null,
    fingerprint varchar(32) not null,
    tenant_id varchar(50),
    contact_id varchar(100),
    event_id varchar(200),
    attempts int not null default 1,
    first_at timestamptz not null default now(),
    last_at timestamptz not null default now()
);
create index dead_letters_last on handover.dead_letters (last_at);
