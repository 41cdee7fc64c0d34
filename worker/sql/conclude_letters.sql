-- Returns nothing: letters at the positions $2 of the replay $1 whose outcome is known are not held any more. A
-- letter that failed again was opened by the worker; one that was edited is superseded by its copy, which is a
-- letter of its own should it have failed. Locks the letters until commit, by id.
with settled as (
    select d.id, r.body is not null as edited, r.tenant_id, r.contact_id, r.event_id
    from handover.replay_letters r
    join handover.dead_letters d on d.id = r.letter_id and d.replay_id = r.replay_id
    where r.replay_id = $1 and r.position = any ($2::int[])
      and (r.outcome = 'replayed' and d.state in ('replaying', 'open')
           or r.outcome = 'failed' and r.body is not null and d.state = 'replaying')
    order by d.id
    for update of d
)
update handover.dead_letters d
set state = case when s.edited then 'superseded' else 'replayed' end, changed_at = now(),
    superseded_by = case when s.edited then s.event_id else d.superseded_by end,
    tenant_id = case when s.edited then d.tenant_id else coalesce(s.tenant_id, d.tenant_id) end,
    contact_id = case when s.edited then d.contact_id else coalesce(s.contact_id, d.contact_id) end,
    event_id = case when s.edited then d.event_id else coalesce(s.event_id, d.event_id) end
from settled s
where d.id = s.id
