alter table handover.agents
    add column status_at timestamptz,          -- when the status became what it is; an older event loses
    add column status_reason varchar(100),
    add column seen_at timestamptz;            -- last heartbeat

-- Policy: the team's, else the tenant's, else the program's default (null).
alter table handover.teams
    add column manual boolean not null default false,
    add column schedule jsonb,
    add column accept_seconds int check (accept_seconds > 0),
    add column on_offline varchar(20) check (on_offline in ('keep', 'release-unaccepted', 'release-all')),
    add column on_removed varchar(20) check (on_removed in ('keep', 'release-unaccepted', 'release-all')),
    add column grace_seconds int check (grace_seconds >= 0);
alter table handover.tenants
    add column accept_seconds int check (accept_seconds > 0),
    add column on_offline varchar(20) check (on_offline in ('keep', 'release-unaccepted', 'release-all')),
    add column on_removed varchar(20) check (on_removed in ('keep', 'release-unaccepted', 'release-all')),
    add column grace_seconds int check (grace_seconds >= 0);

-- Agents who left and whose sessions have not been looked at since.
create table handover.departures (
    tenant_id varchar(50) not null,
    agent_id uuid not null,
    left_at timestamptz not null,
    removed boolean not null,
    primary key (tenant_id, agent_id)
);

-- A notification is a hint: whoever misses it finds the change at the next sweep.
create function handover.wake(tenant varchar) returns void language sql as $$
    select pg_notify('handover_wake', tenant)
$$;

create function handover.date_status() returns trigger language plpgsql as $$
begin
    if new.status is distinct from old.status and new.status_at is not distinct from old.status_at then
        new.status_at := now();
    end if;
    return new;
end $$;
create trigger date_status before update of status on handover.agents
    for each row execute function handover.date_status();

create function handover.tell_of_agent() returns trigger language plpgsql as $$
declare
    gone boolean := tg_op = 'DELETE' or (tg_op = 'UPDATE' and not new.active);
    was_gone boolean := tg_op = 'UPDATE' and not old.active;
begin
    if gone and not was_gone then
        insert into handover.departures (tenant_id, agent_id, left_at, removed)
        values (old.tenant_id, old.id, now(), true)
        on conflict (tenant_id, agent_id) do update set left_at = excluded.left_at, removed = true;
    elsif tg_op = 'UPDATE' and new.status = 'offline' and old.status <> 'offline' and new.active then
        insert into handover.departures (tenant_id, agent_id, left_at, removed)
        values (new.tenant_id, new.id, now(), false)
        on conflict (tenant_id, agent_id) do nothing;
    elsif tg_op <> 'DELETE' and new.active and new.status <> 'offline' then
        delete from handover.departures where tenant_id = new.tenant_id and agent_id = new.id;
        perform handover.wake(new.tenant_id);
    end if;
    return null;
end $$;
create trigger tell_of_agent after insert or delete or update of status, active, max_sessions, skills
    on handover.agents for each row execute function handover.tell_of_agent();

create function handover.tell_of_team() returns trigger language plpgsql as $$
begin
    perform handover.wake(new.tenant_id);
    return null;
end $$;
create trigger tell_of_team after insert or update of active, is_default, manual, schedule
    on handover.teams for each row execute function handover.tell_of_team();

create function handover.tell_of_member() returns trigger language plpgsql as $$
begin
    perform handover.wake(tenant_id) from handover.teams where id = new.team_id;
    return null;
end $$;
create trigger tell_of_member after insert on handover.team_members
    for each row execute function handover.tell_of_member();
