-- Returns nothing: the tenant $1 has no default team any more. Locks that team, and by its trigger the tenant's row
-- until commit.
update handover.teams set is_default = false where tenant_id = $1 and is_default
