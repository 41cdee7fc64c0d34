-- Returns nothing: the replay $1 goes on, by $2. Locks its row.
update handover.replays
set state = 'running', stopped_by = null, ended_at = null,
    resumed = resumed || jsonb_build_array(jsonb_build_object('actor', $2::text, 'at', now()))
where id = $1
