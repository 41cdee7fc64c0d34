-- Returns the turn that is ours, and the time now that the tenant's row is ours until commit.
insert into handover.tenants as t (tenant_id, turn) values ($1, 1)
on conflict (tenant_id) do update set turn = t.turn + 1
returning turn, clock_timestamp() as now
