-- Returns nothing: the agent $1 is in no team but those of $2. Locks the rows it deletes, and by their trigger the
-- tenant's until commit.
delete from handover.team_members where agent_id = $1 and not team_id = any ($2::uuid[])
