-- Returns which of the tables $1 have no valid index on the columns $2: exactly these and unique if $3, else one
-- that begins with them; a unique one of some rows alone is a rule about those, and finds no others. Views, which
-- stand for tables of other programs, are passed over. Locks nothing.
select w.relation, w.columns, w.is_unique
from unnest($1::text[], $2::text[], $3::bool[]) as w (relation, columns, is_unique)
join pg_class t on t.oid = to_regclass(w.relation) and t.relkind in ('r', 'p')
where not exists (
    select from pg_index i
    cross join lateral (
        select string_agg(quote_ident(a.attname), ', ' order by k.place) as columns
        from unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
        where k.place <= i.indnkeyatts
    ) has
    where i.indrelid = t.oid and i.indisvalid and i.indisready
      and case when w.is_unique then i.indisunique and i.indpred is null and has.columns = w.columns
               else starts_with(has.columns || ', ', w.columns || ', ')
                    and not (i.indisunique and i.indpred is not null) end
)
