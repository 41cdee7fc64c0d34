-- Returns the columns of other programs' tables that are called as if they referred to sessions, without a foreign key by
-- which they could be known to. Locks nothing.
select format('%s (%I)', c.oid::regclass, a.attname) as name
from pg_attribute a
join pg_class c on c.oid = a.attrelid
where a.attname in ('sessionId', 'session_id') and a.attnum > 0 and not a.attisdropped
  and a.atttypid in ('uuid'::regtype, 'varchar'::regtype, 'text'::regtype)
  and c.relkind in ('r', 'p') and not c.relispartition and c.oid <> to_regclass('inbox_sessions')
  and c.relnamespace not in (
      select oid from pg_namespace where nspname in ('handover', 'information_schema') or nspname like 'pg\_%'
  )
  and not (c.oid is not distinct from to_regclass('inbox_messages') and a.atttypid = 'uuid'::regtype)
  and not exists (select from pg_constraint k where k.contype = 'f' and k.conrelid = c.oid and a.attnum = any (k.conkey))
order by 1
