-- A part of other statements, in which `a` is an agent: the sessions they have open. In an order that nobody needs: where
-- sorting is off it makes PostgreSQL look them up by agent. A partial index that was empty when last vacuumed counts as
-- one page for good, and so all active sessions might be read, in the index that has those, for every agent.
select * from inbox_sessions
where status = 'assigned' and "assignedAgentId" between a.id and a.id
order by "assignedAgentId"
