-- Returns the sessions that are with the agent named, and accepted now, or were before. One that is missing is no
-- longer that agent's, or never was. Locks their rows until commit, in the order in which hand-overs do.
with theirs as (
    select s.id, s."assignedAgentId" as agent_id, s."acceptedAt" is null as is_news, n.at
    from (
        select tenant_id, session_id, agent_id, min(coalesce(at, now())) as at
        from unnest($1::text[], $2::uuid[], $3::uuid[], $4::timestamptz[]) as e (tenant_id, session_id, agent_id, at)
        group by tenant_id, session_id, agent_id
    ) n
    join inbox_sessions s on s.id = n.session_id and s."tenantId" = n.tenant_id
                         and s."assignedAgentId" = n.agent_id
    where (s.status = 'assigned') is true -- not to be read by an index of those
    order by s."tenantId", s."contactId"
    for no key update of s
), accepted as (
    update inbox_sessions s
    set "acceptedAt" = least(greatest(t.at, s."assignedAt"), now()), "updatedAt" = now()
    from theirs t
    where s.id = t.id and t.is_news
)
select id, agent_id from theirs
