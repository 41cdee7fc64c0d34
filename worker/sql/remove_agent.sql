-- Returns the removed agent's id, or nothing when there is none; memberships go with it, sessions stay until its
-- departure, which a trigger notes, is looked at. Locks the row, and by its trigger the tenant's until commit.
delete from handover.agents where id = $1 returning id
