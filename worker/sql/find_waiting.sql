-- Returns the ids of waiting sessions that changed within $5: of each team named, and with $3 of those that have none
-- of the tenant's teams, the first $6 after $7 by priority and age. Locks nothing.
select w.id
from unnest($2::uuid[]) as t (team_id)
cross join lateral (
    select id from inbox_sessions
    where "tenantId" = $1 and "assignedTeamId" = t.team_id and status = 'unassigned'
      and "updatedAt" > now() - $5::interval
    order by priority desc, "createdAt"
    limit $6 offset $7
) w
union all
(
    select id from inbox_sessions
    where $3 and "tenantId" = $1 and status = 'unassigned' and "updatedAt" > now() - $5::interval
      and ("assignedTeamId" is null or "assignedTeamId" <> all ($4::uuid[]))
    order by priority desc, "createdAt"
    limit $6 offset $7
)
