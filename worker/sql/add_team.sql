-- Returns the new team's id, or nothing when the id is taken. Locks the new row.
insert into handover.teams (id, tenant_id, name, is_default)
values (coalesce($1, gen_random_uuid()), $2, $3, $4)
on conflict (id) do nothing
returning id
