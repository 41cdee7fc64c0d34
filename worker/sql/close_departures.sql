-- Returns nothing. The rows are locked already.
delete from handover.departures where tenant_id = $1 and agent_id = any ($2::uuid[])
