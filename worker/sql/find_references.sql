-- Returns every foreign key by which rows refer to sessions, directly or through rows that go with them; messages
-- are among them without one. `find` and `remove` are statements: $1 and $2 are the tables and places of rows,
-- `find` returns, locked if they are to go, the rows that refer to these, and `remove` deletes these.
with recursive edge as (
    select oid, conname, conrelid, confrelid, conkey, confkey, confdeltype
    from pg_constraint
    where contype = 'f' and conparentid = 0
    union all
    select 0::oid, null, m.attrelid, s.attrelid, array[m.attnum], array[s.attnum], 'a'::"char"
    from pg_attribute m, pg_attribute s
    where m.attrelid = to_regclass('inbox_messages') and m.attname = 'sessionId'
      and s.attrelid = to_regclass('inbox_sessions') and s.attname = 'id'
      and not exists (
          select from pg_constraint
          where contype = 'f' and conrelid = m.attrelid and confrelid = s.attrelid and conkey = array[m.attnum]
      )
), reached as (
    select * from edge where confrelid = to_regclass('inbox_sessions')
    union
    select e.* from edge e join reached r on e.confrelid = r.conrelid
    where r.confdeltype in ('a', 'r', 'c')
       or (r.conrelid = to_regclass('inbox_messages') and r.confrelid = to_regclass('inbox_sessions'))
)
select conrelid as child, confrelid as parent, conrelid::regclass::text as table, conname as constraint,
       case confdeltype when 'a' then 'no action' when 'r' then 'restrict' when 'c' then 'cascade'
                        when 'n' then 'set null' else 'set default' end as rule,
       conrelid = to_regclass('inbox_sessions') as is_session,
       conrelid = to_regclass('inbox_messages') and confrelid = to_regclass('inbox_sessions') as is_message,
       format('select child.tableoid as part, child.ctid as place from %s child join %s parent on %s'
              ' where parent.ctid = any ($2::tid[])'
              ' and (parent.tableoid, parent.ctid) in (select * from unnest($1::oid[], $2::tid[]))%s',
              conrelid::regclass, confrelid::regclass, columns.match,
              case when confdeltype in ('a', 'r', 'c') or conrelid = to_regclass('inbox_messages')
                   then ' for update of child' end) as find,
       format('delete from %s child where ctid = any ($2::tid[])'
              ' and (tableoid, ctid) in (select * from unnest($1::oid[], $2::tid[]))', conrelid::regclass) as remove
from reached, lateral (
    select string_agg(format('child.%I = parent.%I', c.attname, p.attname), ' and ' order by k.n) as match
    from unnest(conkey, confkey) with ordinality as k (child, parent, n)
    join pg_attribute c on c.attrelid = conrelid and c.attnum = k.child
    join pg_attribute p on p.attrelid = confrelid and p.attnum = k.parent
) columns
order by 3, 4
