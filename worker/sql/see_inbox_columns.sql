-- Returns the columns of `inbox_sessions`; an enum's labels, a text's length if it has one. Locks nothing.
select a.attname::text as name, t.typname::text as base, format_type(a.atttypid, a.atttypmod) as shown,
       case when t.typtype = 'e' then
           array(select enumlabel::text from pg_enum where enumtypid = t.oid order by enumsortorder)
       end as labels,
       case when t.typname = 'varchar' and a.atttypmod > 4 then a.atttypmod - 4 end as length,
       not a.attnotnull as nullable, a.atthasdef or a.attidentity <> '' as given
from pg_attribute a
join pg_type t on t.oid = a.atttypid
where a.attrelid = to_regclass('inbox_sessions') and a.attnum > 0 and not a.attisdropped
order by a.attnum
