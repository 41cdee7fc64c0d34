-- Returns actions, the newest first, $1 at most, with how many letters came to each outcome. Locks nothing.
select p.id, p.action, p.actor, p.filter, p.options, p.state, p.stopped_by, p.resumed, p.started_at, p.ended_at,
       coalesce((
           select jsonb_object_agg(outcome, count) from (
               select outcome, count(*) as count from handover.replay_letters r where r.replay_id = p.id
               group by outcome
           ) counted
       ), '{}') as letters
from handover.replays p
order by p.started_at desc
limit $1
