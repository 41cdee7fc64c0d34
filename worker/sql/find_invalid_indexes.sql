-- Returns the indexes of the inbox's tables and ours that PostgreSQL does not use: what a `create index
-- concurrently` left that failed, or one that is being built now. Locks nothing.
select i.indexrelid::regclass::text as name, i.indisunique as is_unique, p.pid is not null as is_being_built
from pg_index i
join pg_class t on t.oid = i.indrelid
join pg_namespace n on n.oid = t.relnamespace
left join pg_stat_progress_create_index p on p.index_relid = i.indexrelid
where not (i.indisvalid and i.indisready)
  and (n.nspname = 'handover' or t.oid in (to_regclass('inbox_sessions'), to_regclass('inbox_messages')))
order by name
