-- Returns the positions of those of the tenants $1, agents $2 and sessions $3 of which somebody else has locked a row:
-- the agent's; the session's where there is one; or, unless $4, the tenant's, and of tenants that have none, for it may
-- be somebody's who has not committed. Waits for nobody; what is free is locked for as long as this takes.
with asked as (
    select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::bool[]) with ordinality
      as a (tenant_id, agent_id, session_id, beats, position)
), tenants as (
    select tenant_id from handover.tenants where tenant_id = any ($1::text[]) for share skip locked
), agents as (
    select id from handover.agents where id = any ($2::uuid[]) for no key update skip locked
), sessions as (
    select id from inbox_sessions where id = any ($3::uuid[]) for no key update skip locked
)
select position from asked
where agent_id in (select id from handover.agents where id = any ($2::uuid[])) and agent_id not in (select id from agents)
   or session_id in (select id from inbox_sessions where id = any ($3::uuid[]))
      and session_id not in (select id from sessions)
   or not beats and tenant_id not in (select tenant_id from tenants)
