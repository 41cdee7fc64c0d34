-- Returns each tenant's last turn, the ones given here included, and the time now that its row is ours until
-- commit. An upsert, because `select for update` on a tenant that has no row yet locks nothing.
insert into handover.tenants as t (tenant_id, turn)
select tenant_id, turns from unnest($1::text[], $2::bigint[]) as n (tenant_id, turns)
order by tenant_id
on conflict (tenant_id) do update set turn = t.turn + excluded.turn
returning tenant_id, turn, clock_timestamp() as locked_at
