-- A part of other statements, which say what `pools` are. Returns the agents of each (the nil uuid: everyone of the
-- tenant): tenant and pool; how many sessions those with a limit have open; then what worker.core.roster.Agent has, in
-- its order, with their last turn there. Of a pool without agents one row, without any. Locks nothing: the tenant's
-- lock covers the roster.
select p.tenant_id, p.pool_id,
       case when a.max_sessions is not null then handover.count_open_sessions(a.id) else 0 end as open_sessions,
       a.id, a.name, a.active, a.status, a.max_sessions, a.skills, coalesce(a.turn, 0) as turn, a.seen_at
from pools p
left join lateral ( -- and so the turns of these pools are read, and not everyone's
    select a.*, t.turn from (
        select * from handover.agents
        where p.pool_id = '00000000-0000-0000-0000-000000000000' and tenant_id = p.tenant_id
        union all
        select a.* from handover.team_members m
        join handover.agents a on a.id = m.agent_id
        where m.team_id = p.pool_id and a.tenant_id = p.tenant_id
    ) a
    left join handover.turns t on t.tenant_id = p.tenant_id and t.pool_id = p.pool_id and t.agent_id = a.id
) a on true
