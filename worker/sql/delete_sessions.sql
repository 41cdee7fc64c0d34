-- Returns the ids of the sessions that were deleted. The rows are locked already.
delete from inbox_sessions where id = any ($1::uuid[]) returning id
