-- Returns nothing: the action $1 is over, for reason $3 if it was stopped. Locks its row.
update handover.replays set state = $2, stopped_by = $3, ended_at = now() where id = $1
