-- Returns nothing: the agents were seen at these times, no time being now, and none later than now. The rows are
-- locked already.
update handover.agents a
set seen_at = n.at
from (
    select tenant_id, agent_id, max(least(coalesce(at, now()), now())) as at
    from unnest($1::text[], $2::uuid[], $3::timestamptz[]) as e (tenant_id, agent_id, at)
    group by tenant_id, agent_id
) n
where a.tenant_id = n.tenant_id and a.id = n.agent_id and (a.seen_at is null or a.seen_at < n.at)
