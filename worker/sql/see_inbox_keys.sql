-- Returns the foreign keys of a session's agent and team, and those by which rows refer to sessions; messages are among
-- them without one. A row `moves` from one session to another if that changes only its own column. Locks nothing.
select k.conname::text as name, k.conrelid::regclass::text as table, quote_ident(c.attname) as column,
       format('%s (%I)', k.confrelid::regclass, p.attname) as refers_to,
       k.confrelid = to_regclass('inbox_sessions') as is_incoming, p.attname = 'id' as moves
from pg_constraint k
cross join lateral unnest(k.conkey, k.confkey) as n (child, parent)
join pg_attribute c on c.attrelid = k.conrelid and c.attnum = n.child
join pg_attribute p on p.attrelid = k.confrelid and p.attnum = n.parent
where k.contype = 'f' and k.conparentid = 0
  and ((k.confrelid = to_regclass('inbox_sessions') and (p.attname = 'id' or cardinality(k.conkey) = 1))
       or (k.conrelid = to_regclass('inbox_sessions') and c.attname in ('assignedAgentId', 'assignedTeamId')
           and k.confrelid <> k.conrelid))
union all
select '-', m.attrelid::regclass::text, '"sessionId"', 'inbox_sessions (id)', true, true
from pg_attribute m
where m.attrelid = to_regclass('inbox_messages') and m.attname = 'sessionId' and m.atttypid = 'uuid'::regtype
  and not exists (
      select from pg_constraint k
      where k.contype = 'f' and k.conrelid = m.attrelid and k.confrelid = to_regclass('inbox_sessions')
        and k.conkey = array[m.attnum]
  )
order by 2, 1
