-- Returns those of the letters $2 that were open and are held by the replay $1 now. Locks the letters until commit,
-- by id, waiting for a rival who takes the same: what it took is not open then.
update handover.dead_letters
set state = 'replaying', replay_id = $1, changed_at = now()
where id in (select id from handover.dead_letters where id = any ($2::uuid[]) and state = 'open'
             order by id for update)
returning id
