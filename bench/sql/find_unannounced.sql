-- Returns what a crash left unpublished of the handover $2 of tenant $1. Locks nothing.
select o.id, o.type, o.routing_key, o.correlation_id, o.body, o.created_at as time
from handover.outbox o
join handover.assignments a on a.session_id = o.session_id and a.version = o.version
where a.tenant_id = $1 and o.correlation_id = $2
