-- Returns the events of contact $2 of tenant $1 that no broker has confirmed yet, the oldest first, and whether a worker
-- has them in hand. Locks nothing.
select o.id, o.session_id, o.version, o.type, o.created_at, o.leased_until > now() as in_hand
from handover.outbox o
where o.session_id in (
    select session_id from handover.assignments where tenant_id = $1 and contact_id = $2
)
order by o.created_at, o.version
