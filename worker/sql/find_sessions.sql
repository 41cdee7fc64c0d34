-- Returns the active sessions of the contacts, each as one value in the order of worker.core.session.Session and with
-- its team, their rows locked until commit; `no key` lets others add messages meanwhile. A session that is resolved
-- while we wait for its row is not returned.
select s as session, s."assignedTeamId" as team_id
from (
    select s.id, s."tenantId" as tenant_id, s."contactId", s."contactName", s.channel, s.priority, s.context,
           coalesce(last.version, 0),
           case when s.status = 'assigned' then s."assignedAgentId" end,
           (select name from handover.agents where id = s."assignedAgentId" and s.status = 'assigned'),
           s."assignedAt", s."acceptedAt", s."assignedTeamId",
           case when s.status = 'unassigned' and last.what in ('waiting', 'released') then last.asked_at end,
           coalesce(last.skills, '{}'), last.event_id, last.asked_at, last.reason, last.decided_at, s."createdAt",
           s.status = 'assigned' and s."assignedAgentId" is null
    from (select * from unnest($1::text[], $2::text[]) as n (tenant_id, contact_id) order by tenant_id, contact_id) n
    cross join lateral (
        select * from inbox_sessions
        where "tenantId" = n.tenant_id and "contactId" = n.contact_id and status in ('assigned', 'unassigned')
        for no key update -- and so a look-up for each contact: joined freely, every active session may be read
    ) s
    left join lateral (
        select version, what, asked_at, skills, event_id, reason, decided_at from handover.assignments
        where session_id = s.id order by version desc limit 1
    ) last on true
) s
