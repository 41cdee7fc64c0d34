-- The whole of it in one round trip. Returns the event to publish; nothing when it was handled and announced before.
-- Locks the event, the tenant and the session, in that order.
create schema if not exists bench;

create function bench.hand_over(
    in_tenant text, in_event text, in_contact text, in_name text, in_channel text, in_priority int, in_context jsonb,
    in_skills text[], in_asked_at timestamptz
) returns table (id uuid, type text, routing_key text, correlation_id text, body bytea, "time" timestamptz)
language plpgsql as $$
#variable_conflict use_column
declare
    everyone constant uuid := '00000000-0000-0000-0000-000000000000';
    seen handover.handled_events;
    session inbox_sessions;
    agent record;
    previous uuid;
    my_turn bigint;
    moment timestamptz;
    my_version int := 1;
    is_new boolean;
    my_what text;
    my_reason text;
    my_id uuid;
    my_key text;
    my_body bytea;
begin
    insert into handover.handled_events (tenant_id, event_id, contact_id) values (in_tenant, in_event, in_contact)
    on conflict do nothing returning * into seen;
    if not found then
        return query
        select o.id, o.type::text, o.routing_key::text, o.correlation_id::text, o.body, o.created_at
        from handover.outbox o
        join handover.assignments a on a.session_id = o.session_id and a.version = o.version
        where a.tenant_id = in_tenant and o.correlation_id = in_event;
        return;
    end if;

    insert into handover.tenants as t (tenant_id, turn) values (in_tenant, 1)
    on conflict (tenant_id) do update set turn = t.turn + 1
    returning t.turn, clock_timestamp() into my_turn, moment;

    select * into session from inbox_sessions s
    where s."tenantId" = in_tenant and s."contactId" = in_contact and s.status in ('assigned', 'unassigned')
    for no key update;
    is_new := not found;
    previous := session."assignedAgentId";

    -- Sorted before limits are looked at, so that only those are counted who stand before the one whose turn it is.
    select a.id, a.name, a.considered into agent
    from (
        select a.id, a.name, a.max_sessions, count(*) over () as considered
        from handover.agents a
        left join handover.turns t on t.tenant_id = a.tenant_id and t.pool_id = everyone and t.agent_id = a.id
        where a.tenant_id = in_tenant and a.active and a.status = 'online' and a.skills @> in_skills
        order by coalesce(t.turn, 0), a.id
        offset 0
    ) a
    where a.max_sessions is null or a.max_sessions > (
        select count(*) from inbox_sessions s
        where s."assignedAgentId" = a.id and s.status = 'assigned' and s."tenantId" = in_tenant
          and s.id is distinct from session.id
    )
    limit 1;

    if agent.id is not null then
        insert into handover.turns (tenant_id, pool_id, agent_id, turn) values (in_tenant, everyone, agent.id, my_turn)
        on conflict (tenant_id, pool_id, agent_id) do update set turn = excluded.turn;
    elsif previous is not null then
        select a.id, a.name, 0 as considered into agent from handover.agents a where a.id = previous;
    end if;
    my_what := case when agent.id is null then 'waiting' else 'assigned' end;
    my_reason := case when agent.id is null then 'none_online' when is_new then 'new' else 'again' end;

    if is_new then
        insert into inbox_sessions (id, "tenantId", "contactId", "contactName", channel, priority, context,
                                    "createdAt", "updatedAt")
        values (gen_random_uuid(), in_tenant, in_contact, in_name, in_channel, in_priority, in_context, moment, moment)
        returning * into session;
    else
        select coalesce(max(version), 0) + 1 into my_version from handover.assignments where session_id = session.id;
    end if;
    if agent.id is not null then
        update inbox_sessions s
        set status = 'assigned', "assignedAgentId" = agent.id, channel = in_channel, "updatedAt" = moment,
            "contactName" = coalesce(in_name, s."contactName"), priority = greatest(s.priority, in_priority),
            context = coalesce(s.context || in_context, in_context, s.context),
            "assignedAt" = case when s."assignedAgentId" = agent.id then s."assignedAt" else moment end,
            "acceptedAt" = case when s."assignedAgentId" = agent.id then s."acceptedAt" end
        where s.id = session.id
        returning * into session;
    end if;

    insert into handover.assignments (session_id, version, tenant_id, contact_id, event_id, what, reason, agent_id,
                                      previous_agent_id, pool_id, turn, considered, passed_over, skills, asked_at,
                                      decided_at)
    values (session.id, my_version, in_tenant, in_contact, in_event, my_what, my_reason, agent.id, previous, everyone,
            my_turn, coalesce(agent.considered, 0), '{}', in_skills, coalesce(in_asked_at, moment), moment);

    -- Not UUIDv5, which wants an extension; as stable.
    my_id := encode(substr(sha256(convert_to(session.id || ':' || my_version, 'UTF8')), 1, 16), 'hex')::uuid;
    my_key := 'session.' || my_what || '.' || regexp_replace(in_tenant, '[^A-Za-z0-9_-]', '_', 'g') || '.'
              || coalesce(agent.id::text, '-');
    my_body := convert_to(json_build_object(
        'specversion', '1.0', 'id', my_id, 'source', '/handover-worker', 'type', 'session.' || my_what || '.v1',
        'time', moment, 'datacontenttype', 'application/json', 'subject', session.id,
        'data', json_build_object(
            'sessionId', session.id, 'sessionVersion', my_version, 'tenantId', in_tenant, 'contactId', in_contact,
            'contactName', session."contactName", 'channel', session.channel,
            'status', case when agent.id is null then 'unassigned' else 'assigned' end, 'teamId', null,
            'agentId', agent.id, 'agentName', agent.name, 'previousAgentId', previous, 'reason', my_reason,
            'created', is_new, 'assignedAt', session."assignedAt",
            'waitedMs', round(extract(epoch from moment - coalesce(in_asked_at, moment)) * 1000)::bigint,
            'priority', session.priority, 'context', session.context, 'handoverId', in_event
        ))::text, 'UTF8');
    insert into handover.outbox (id, session_id, version, type, routing_key, correlation_id, body, created_at,
                                 leased_until)
    values (my_id, session.id, my_version, 'session.' || my_what || '.v1', my_key, in_event, my_body, moment,
            clock_timestamp() + interval '10 s');
    return query select my_id, 'session.' || my_what || '.v1', my_key, in_event, my_body, moment;
end $$;
