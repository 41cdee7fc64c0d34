-- Returns the constraints of `inbox_sessions` that look at the status alone. `ask` is a statement that returns which of the
-- statuses $1 one refuses. Locks nothing.
select k.conname::text as name, format(
    $ask$select asked as status from unnest($1::text[]) asked
    cross join lateral jsonb_populate_record(null::inbox_sessions, jsonb_build_object('status', asked)) inbox_sessions
    where not (%s)$ask$,
    pg_get_expr(k.conbin, k.conrelid)
) as ask
from pg_constraint k
join pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
where k.conrelid = to_regclass('inbox_sessions') and k.contype = 'c' and a.attname = 'status'
order by k.conname
