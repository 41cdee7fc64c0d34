-- Returns all that the next handovers of contacts ($1, $2) are decided by: their active sessions, locked; the teams of
-- their tenants; and the agents of every pool that may be asked: of the teams they ask for ($3, $4), of those that the
-- sessions have, and of their tenants' default, or everyone where there is none.
with found as (
\ir find_sessions.sql
), teams as (
\ir read_teams.sql
), pools as (
    select tenant_id, id as pool_id from teams
    where active and (
        is_default or id in (select team_id from found)
        or (tenant_id, id) in (select * from unnest($3::text[], $4::uuid[]))
    )
    union all
    select tenant_id, '00000000-0000-0000-0000-000000000000' from (
        select unnest($1::text[]) except select tenant_id from teams where active and is_default
    ) as without_default (tenant_id)
), agents as (
\ir agents_of_pools.sql
)
select null::record as session, null::record as team, agents.* from agents
union all
select session, team, null, null, null, null, null, null, null, null, null, null, null from (
    select session, null::record as team from found
    union all
    select null, team from teams
) known
