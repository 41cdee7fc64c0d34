-- Returns the tenant's last turn, the ones given here included, and the time now that its row is ours until commit.
-- An upsert, because `select for update` on a tenant that has no row yet locks nothing.
insert into handover.tenants as t (tenant_id, turn)
values ($1, $2)
on conflict (tenant_id) do update set turn = t.turn + excluded.turn
returning turn, clock_timestamp() as locked_at
