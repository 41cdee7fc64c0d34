-- Returns the team's id, or nothing when there is no such team; null leaves a column as it is, $6 takes the schedule
-- away, $8 the time to accept, $9 all of the policy. Locks the row, and by its trigger the tenant's until commit.
update handover.teams
set name = coalesce($2, name), active = coalesce($3, active), is_default = coalesce($4, is_default),
    manual = coalesce($5, manual),
    schedule = case when not $6::boolean then coalesce($7::jsonb, schedule) end,
    accept_seconds = coalesce($10, case when not $8::boolean and not $9::boolean then accept_seconds end),
    on_offline = coalesce($11, case when not $9 then on_offline end),
    on_removed = coalesce($12, case when not $9 then on_removed end),
    grace_seconds = coalesce($13, case when not $9 then grace_seconds end)
where id = $1
returning id
