-- Returns the new agent's id, or nothing when the id is taken. Locks the new row.
insert into handover.agents (id, tenant_id, name, status, max_sessions, skills)
values (coalesce($1, gen_random_uuid()), $2, $3, $4, $5, $6)
on conflict (id) do nothing
returning id
