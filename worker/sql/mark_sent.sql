-- Returns nothing: the broker has confirmed the positions $2 of the replay $1. One whose outcome is known already
-- keeps it. Locks the rows.
update handover.replay_letters set outcome = 'sent'
where replay_id = $1 and position = any ($2::int[]) and outcome = 'sending'
