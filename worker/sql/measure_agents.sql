-- Returns how many sessions each agent has open. Locks nothing.
select "assignedAgentId" as agent_id, count(*) as open from inbox_sessions
where status = 'assigned' and "assignedAgentId" is not null
group by "assignedAgentId"
