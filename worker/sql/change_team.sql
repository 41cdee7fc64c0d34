-- Returns the team's id, or nothing when there is no such team; null leaves a column as it is. Locks the row, and by
-- its trigger the tenant's until commit.
update handover.teams
set name = coalesce($2, name), active = coalesce($3, active), is_default = coalesce($4, is_default)
where id = $1
returning id
