-- Returns what the server is, whether it takes writes, our database there, and its clock. Locks nothing.
select current_setting('server_version') as version, current_setting('server_version_num')::int as version_number,
       pg_is_in_recovery() as standby, current_setting('transaction_read_only')::bool as read_only,
       quote_ident(current_database()) as database, clock_timestamp() as now
