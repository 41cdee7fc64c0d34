-- Returns how many sessions were opened: fewer than asked for when another program opened one for a contact meanwhile.
-- Writes the sessions that are new, with their last version; and for every version a row of the audit, an event of the
-- outbox, and its agent's last turn. A version that exists already is a violation: versions have no gaps and no doubles.
-- The events are this worker's until the lease ends; then any sweeper may publish them. The tenant's lock covers its
-- turns.
with n as (
    select n.*, $2::timestamptz as decided_at from unnest($1::handover.transition[]) n
), opened as (
    insert into inbox_sessions (id, "tenantId", "contactId", "contactName", status, channel, priority, context,
                                "assignedAgentId", "assignedTeamId", "assignedAt", "createdAt", "updatedAt")
    select session_id, tenant_id, contact_id, contact_name,
           case when agent_id is null then 'unassigned' when true then 'assigned'
                else (select status from inbox_sessions where false) end, -- of the column's type, whatever it is called
           channel, priority, context, agent_id, team_id,
           case when agent_id is not null then decided_at end, decided_at, decided_at
    from n where opens
    on conflict ("tenantId", "contactId") where status in ('assigned', 'unassigned') do nothing
    returning id
), audit as (
    insert into handover.assignments (session_id, version, tenant_id, contact_id, event_id, what, reason, agent_id,
                                      previous_agent_id, pool_id, turn, considered, passed_over, skills, asked_at,
                                      decided_at, actor, requested_team_id, team_fallback)
    select session_id, version, tenant_id, contact_id, event_id, what, reason, agent_id, previous_agent_id, pool_id,
           turn, considered, passed_over, skills, asked_at, decided_at, actor, requested_team_id, team_fallback
    from n
), announced as (
    insert into handover.outbox (id, session_id, version, type, routing_key, correlation_id, body, created_at,
                                 leased_until, traceparent)
    select id, session_id, version, 'session.' || what || '.v1', routing_key, event_id, body, decided_at,
           clock_timestamp() + make_interval(secs => $3), traceparent
    from n
), turned as (
    insert into handover.turns (tenant_id, pool_id, agent_id, turn)
    select tenant_id, pool_id, agent_id, max(turn) from n where turn is not null
    group by tenant_id, pool_id, agent_id
    on conflict (tenant_id, pool_id, agent_id) do update set turn = excluded.turn
)
select count(*) from opened
