-- Returns nothing: the broker has not got the positions $2 of the replay $1. Locks the rows.
update handover.replay_letters set outcome = 'planned', sent_at = null
where replay_id = $1 and position = any ($2::int[]) and outcome = 'sending'
