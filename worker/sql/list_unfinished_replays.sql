-- Returns the replays that still hold letters, the newest first, with how many each holds. Locks nothing.
select r.id, r.action, r.actor, r.options, r.started_at, held.count as held
from (
    select replay_id, count(*) as count from handover.dead_letters where state = 'replaying' group by replay_id
) held
join handover.replays r on r.id = held.replay_id
order by r.started_at desc
