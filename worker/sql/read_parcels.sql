-- Returns what is to be sent for the positions $2 of the replay $1: the letters as they came, or as edited, in order.
-- Locks nothing.
select r.position, r.recorded_as, coalesce(r.body, d.body) as body, coalesce(r.properties, d.properties) as properties
from handover.replay_letters r
join handover.dead_letters d on d.id = r.letter_id
where r.replay_id = $1 and r.position = any ($2::int[])
order by r.position
