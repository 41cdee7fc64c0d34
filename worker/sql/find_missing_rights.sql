-- Returns each right $2 on relation $1 that we lack; `exists` is false where the relation is missing. Locks nothing.
select relation, "right", to_regclass(relation) is not null as "exists", to_regclass(relation)::text as name
from unnest($1::text[], $2::text[]) as needed (relation, "right")
where has_table_privilege(to_regclass(relation), "right") is not true
