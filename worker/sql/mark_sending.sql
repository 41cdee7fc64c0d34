-- Returns the positions that are to be sent now: of $2 of the replay $1, those nobody has sent. From here on nobody
-- knows whether they were sent, until `sent` is written. Locks the rows.
update handover.replay_letters
set outcome = 'sending', sent_at = now()
where replay_id = $1 and position = any ($2::int[]) and outcome = 'planned'
returning position
