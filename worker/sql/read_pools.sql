-- Returns the agents of pools, as agents_of_pools.sql has them: of tenants $1 the pools $2.
with pools as (
    select * from unnest($1::text[], $2::uuid[]) as p (tenant_id, pool_id)
)
\ir agents_of_pools.sql
