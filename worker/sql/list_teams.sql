-- Returns teams: all, those of tenant $1, team $2. Locks nothing.
select id, tenant_id, name, active, is_default, manual, schedule, accept_seconds, on_offline, on_removed,
       grace_seconds
from handover.teams
where ($1::text is null or tenant_id = $1) and ($2::uuid is null or id = $2)
order by tenant_id, name, id
