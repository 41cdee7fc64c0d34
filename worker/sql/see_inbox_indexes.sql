-- Returns the indexes of `inbox_sessions`, their columns as SQL quotes them. `ask`, of a unique one with a condition, is
-- a statement that returns for each of the statuses $1 whether it holds such a session, null if that depends on more.
-- Locks nothing.
select c.relname::text as name, i.indisunique as unique, pg_get_expr(i.indpred, i.indrelid) as condition,
       i.indisvalid and i.indisready as valid, p.pid is not null as being_built,
       array(
           select coalesce(quote_ident(a.attname), '(expression)')
           from unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
           left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum and k.attnum > 0
           where k.place <= i.indnkeyatts
           order by k.place
       ) as columns,
       case when i.indisunique and i.indpred is not null then format(
           $ask$select asked as status, %s as held from unnest($1::text[]) asked
           cross join lateral jsonb_populate_record(null::inbox_sessions, jsonb_build_object(
               'status', asked, 'tenantId', '0', 'contactId', '0', 'channel', 'whatsapp'
           )) inbox_sessions$ask$,
           pg_get_expr(i.indpred, i.indrelid)
       ) end as ask
from pg_index i
join pg_class c on c.oid = i.indexrelid
left join pg_stat_progress_create_index p on p.index_relid = i.indexrelid
where i.indrelid = to_regclass('inbox_sessions')
order by c.relname
