-- Returns a statement that counts the agents of the roster whom the foreign key of a session's agent does not know,
-- nothing where there is no roster or no such key. Locks nothing.
select format('select count(*) from handover.agents a where not exists (select from %s u where u.%I = a.id)',
              k.confrelid::regclass, p.attname)
from pg_constraint k
join pg_attribute c on c.attrelid = k.conrelid and c.attnum = k.conkey[1]
join pg_attribute p on p.attrelid = k.confrelid and p.attnum = k.confkey[1]
where k.contype = 'f' and k.conrelid = to_regclass('inbox_sessions') and cardinality(k.conkey) = 1
  and c.attname = 'assignedAgentId' and p.atttypid = 'uuid'::regtype and to_regclass('handover.agents') is not null
