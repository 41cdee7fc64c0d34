-- Returns where the rows of sessions $1 are. They are locked already, so that they stay there.
select 'inbox_sessions'::regclass::oid as sessions, tableoid as part, ctid as place
from inbox_sessions where id = any ($1::uuid[])
