-- Returns the agent's id, or nothing when there is no such agent (of tenant $2, if given); null leaves a column as
-- it is, $6 says that there is no limit, and a status comes with its reason $9, or none. Locks the row, and by its
-- trigger the tenant's until commit.
update handover.agents
set name = coalesce($3, name), status = coalesce($4, status), active = coalesce($5, active),
    max_sessions = case when $6::boolean then null else coalesce($7, max_sessions) end,
    skills = coalesce($8, skills), updated_at = now(),
    status_reason = case when $4 is null then status_reason else $9 end,
    status_at = case when $4 is null then status_at else now() end,
    seen_at = case when $4 is null then seen_at else now() end
where id = $1 and ($2::text is null or tenant_id = $2)
returning id
