-- Returns nothing: session, turn, audit and outbox in one round trip. The session's row, if it exists, is locked.
with session as (
    insert into inbox_sessions (id, "tenantId", "contactId", "contactName", status, channel, priority, context,
                                "assignedAgentId", "assignedAt", "createdAt", "updatedAt")
    values ($1, $2, $3, $4, $5::text::inbox_sessions_status_enum, $6, $7, $8::text::jsonb, $9, $10, $11, $11)
    on conflict (id) do update
    set "contactName" = excluded."contactName", status = excluded.status, channel = excluded.channel,
        priority = excluded.priority, context = excluded.context, "assignedAgentId" = excluded."assignedAgentId",
        "assignedAt" = excluded."assignedAt", "updatedAt" = excluded."updatedAt",
        "acceptedAt" = case when inbox_sessions."assignedAgentId" is not distinct from excluded."assignedAgentId"
                       then inbox_sessions."acceptedAt" end
), turn as (
    insert into handover.turns (tenant_id, pool_id, agent_id, turn)
    select $2, '00000000-0000-0000-0000-000000000000'::uuid, $9, $12::bigint where $13::text = 'turn'
    on conflict (tenant_id, pool_id, agent_id) do update set turn = excluded.turn
), audit as (
    insert into handover.assignments (session_id, version, tenant_id, contact_id, event_id, what, reason, agent_id,
                                      previous_agent_id, pool_id, turn, considered, passed_over, skills, asked_at,
                                      decided_at)
    values ($1, $14, $2, $3, $15, $16, $17, $9, $18, '00000000-0000-0000-0000-000000000000', $12, $19, '{}', $20,
            $21, $11)
)
insert into handover.outbox (id, session_id, version, type, routing_key, correlation_id, body, created_at,
                             leased_until)
values ($22, $1, $14, $23, $24, $15, $25, $11, clock_timestamp() + interval '10 s')
