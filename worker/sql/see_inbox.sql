-- Returns what `inbox_sessions` is, if there is one, and what of ours is there already: the schema, the function that
-- tells of sessions, and its triggers. `typeorm`: a table of TypeORM's migrations is there. Locks nothing.
select t.relkind::text as kind,
       to_regnamespace('handover') is not null as has_schema,
       to_regprocedure('handover.tell_of_session()') is not null as has_function,
       array(select tgname::text from pg_trigger where tgrelid = t.oid and not tgisinternal) as triggers,
       (select count(*) = 3 from pg_attribute
        where attrelid = to_regclass('migrations') and attname in ('id', 'timestamp', 'name')) as typeorm
from pg_class t where t.oid = to_regclass('inbox_sessions')
