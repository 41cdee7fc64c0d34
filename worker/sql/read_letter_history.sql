-- Returns every action the letter $1 was in, the first first. Locks nothing.
select r.replay_id, p.action, p.actor, p.started_at as at, r.outcome, r.detail, r.event_id, r.attempts_before,
       r.sent_at, r.settled_at
from handover.replay_letters r
join handover.replays p on p.id = r.replay_id
where r.letter_id = $1
order by p.started_at, r.replay_id
