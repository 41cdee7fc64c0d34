-- Returns the departures that still stand, locked until commit: who came back has none. The tenant's lock does not
-- cover them: who puts an agent on the roster again deletes one without it.
select d.agent_id from handover.departures d
where d.tenant_id = $1 and (d.agent_id, d.left_at) in (select * from unnest($2::uuid[], $3::timestamptz[]))
order by d.agent_id
for update
