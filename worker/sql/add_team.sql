-- Returns the new team's id, or nothing when the id is taken. Locks the new row.
insert into handover.teams (id, tenant_id, name)
values (coalesce($1, gen_random_uuid()), $2, $3)
on conflict (id) do nothing
returning id
