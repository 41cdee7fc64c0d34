-- Returns the tenant, which is made if it was not known; null leaves a column as it is, $2 takes the time to accept
-- away, $3 all of the policy. Locks the tenant until commit.
insert into handover.tenants as t (tenant_id, accept_seconds, on_offline, on_removed, grace_seconds)
values ($1, $4, $5, $6, $7)
on conflict (tenant_id) do update
set accept_seconds = coalesce($4, case when not $2::boolean and not $3::boolean then t.accept_seconds end),
    on_offline = coalesce($5, case when not $3 then t.on_offline end),
    on_removed = coalesce($6, case when not $3 then t.on_removed end),
    grace_seconds = coalesce($7, case when not $3 then t.grace_seconds end)
returning tenant_id, accept_seconds, on_offline, on_removed, grace_seconds
