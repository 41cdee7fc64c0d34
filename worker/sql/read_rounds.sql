-- Returns, for each session, the agents who had it in this round of offers. Locks nothing: the tenant's lock covers
-- the audit. A round begins with whatever is neither a time-out nor the wait that ended a round.
select a.session_id, array_agg(distinct a.agent_id) as had_it
from handover.assignments a
where a.session_id = any ($1::uuid[]) and a.agent_id is not null
  and a.version >= (
      select coalesce(max(b.version), 0) from handover.assignments b
      where b.session_id = a.session_id and b.reason not in ('timeout', 'unanswered')
  )
group by a.session_id
