-- Returns the indexes of `inbox_sessions`, their columns as SQL quotes them. Locks nothing.
select c.relname::text as name, i.indisunique as unique, i.indpred is not null as partial,
       i.indisvalid and i.indisready as valid, p.pid is not null as being_built,
       array(
           select coalesce(quote_ident(a.attname), '(expression)')
           from unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
           left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum and k.attnum > 0
           where k.place <= i.indnkeyatts
           order by k.place
       ) as columns
from pg_index i
join pg_class c on c.oid = i.indexrelid
left join pg_stat_progress_create_index p on p.index_relid = i.indexrelid
where i.indrelid = to_regclass('inbox_sessions')
order by c.relname
