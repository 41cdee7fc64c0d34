-- Returns nothing: for each new version of a session a row of the audit and an event of the outbox, and each agent's
-- last turn among them. A version that exists already is a violation: versions have no gaps and no doubles. The events
-- are this worker's until the lease ends; then any sweeper may publish them. The tenant's lock covers its turns.
with n as (
    select * from unnest(
        $1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::uuid[],
        $10::uuid[], $11::bigint[], $12::int[], $13::text[], $14::text[], $15::timestamptz[],
        $16::text[], $17::text[], $18::text[], $19::uuid[], $20::text[], $21::bytea[], $22::text[]
    ) as n (
        session_id, version, tenant_id, contact_id, event_id, what, reason, agent_id, previous_agent_id,
        pool_id, turn, considered, passed_over, skills, asked_at,
        actor, requested_team_id, team_fallback, id, routing_key, body, traceparent
    )
), audit as (
    insert into handover.assignments (session_id, version, tenant_id, contact_id, event_id, what, reason, agent_id,
                                      previous_agent_id, pool_id, turn, considered, passed_over, skills, asked_at,
                                      decided_at, actor, requested_team_id, team_fallback)
    select session_id, version, tenant_id, contact_id, event_id, what, reason, agent_id, previous_agent_id, pool_id,
           turn, considered, passed_over::jsonb,
           case when skills is null then '{}' else array(select jsonb_array_elements_text(skills::jsonb)) end,
           asked_at, $23::timestamptz, actor, requested_team_id, team_fallback
    from n
), announced as (
    insert into handover.outbox (id, session_id, version, type, routing_key, correlation_id, body, created_at,
                                 leased_until, traceparent)
    select id, session_id, version, 'session.' || what || '.v1', routing_key, event_id, body, $23::timestamptz,
           clock_timestamp() + make_interval(secs => $24), traceparent
    from n
)
insert into handover.turns (tenant_id, pool_id, agent_id, turn)
select tenant_id, pool_id, agent_id, max(turn) from n where turn is not null group by tenant_id, pool_id, agent_id
on conflict (tenant_id, pool_id, agent_id) do update set turn = excluded.turn
