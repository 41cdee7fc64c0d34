-- Returns those of the teams $2 that the agent $1 may be in, and is in now: the ones of its own tenant. Locks them
-- and the agent against removal.
with own as (
    select t.id from handover.teams t
    join handover.agents a on a.tenant_id = t.tenant_id
    where a.id = $1 and t.id = any ($2::uuid[])
    order by t.id
), joined as (
    insert into handover.team_members (team_id, agent_id) select id, $1 from own
    on conflict do nothing
)
select id from own
