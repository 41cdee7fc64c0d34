-- Returns which open sessions changed within $2, and when, if not by a decision, which is announced: of the newest $3
-- assigned ones of each of tenants $1, and of the newest $4 that wait. Each is an index read backwards, however many
-- there are. Locks nothing.
select s.id, s."updatedAt" as updated_at
from (
    (
        select a.id, a."updatedAt" from unnest($1::text[]) as t (tenant_id)
        cross join lateral (
            select id, "updatedAt" from inbox_sessions
            where "tenantId" = t.tenant_id and status = 'assigned' order by "createdAt" desc limit $3
        ) a
    ) union all (
        select id, "updatedAt" from inbox_sessions where status = 'unassigned' order by "createdAt" desc limit $4
    )
) s
left join lateral (
    select decided_at from handover.assignments where session_id = s.id order by version desc limit 1
) last on true
where s."updatedAt" > now() - $2::interval and (last.decided_at is null or last.decided_at < s."updatedAt")
