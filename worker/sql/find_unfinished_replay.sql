-- Returns the newest replay that still holds letters, of $1 (null: any), with how many it holds. Locks nothing.
select r.id, r.action, r.actor, r.options, r.started_at, held.count as held
from handover.replays r
cross join lateral (
    select count(*) as count from handover.dead_letters d where d.replay_id = r.id and d.state = 'replaying'
) held
where ($1::uuid is null or r.id = $1) and held.count > 0
order by r.started_at desc
limit 1
