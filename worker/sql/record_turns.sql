-- Returns nothing. The tenant's lock covers its turns.
insert into handover.turns (tenant_id, pool_id, agent_id, turn)
select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::bigint[])
on conflict (tenant_id, pool_id, agent_id) do update set turn = excluded.turn
