-- Returns what the server is, whether it takes writes, who we are there, and its clock. Locks nothing.
select current_setting('server_version') as version, current_setting('server_version_num')::int as version_number,
       pg_is_in_recovery() as standby, current_setting('transaction_read_only')::bool as read_only,
       current_user::text as role, clock_timestamp() as now
