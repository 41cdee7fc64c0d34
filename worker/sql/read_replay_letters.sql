-- Returns what became so far of the letters of the replay $1, of positions $2 (null: of all), in order. Locks nothing.
select r.replay_id, r.position, r.letter_id, r.recorded_as, r.outcome, r.detail, r.fingerprint, r.tenant_id,
       r.contact_id, r.event_id, r.attempts_before, r.sent_at, r.settled_at
from handover.replay_letters r
where r.replay_id = $1 and ($2::int[] is null or r.position = any ($2))
order by r.position
