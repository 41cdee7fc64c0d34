-- How many sessions an agent has open. Of a partial index that was empty when last vacuumed PostgreSQL believes that it is
-- one page for good, and so it may read all active sessions, in the other index that has them, for every agent. Here it
-- takes the index by agent, for its order: it may not sort. Not in SQL, which would be planned again in each statement.
create function handover.count_open_sessions(agent uuid) returns bigint language plpgsql stable set enable_sort = off
as $$
begin
    return (select count(*) from (
        select from inbox_sessions where status = 'assigned' and "assignedAgentId" between agent and agent
        order by "assignedAgentId"
    ) as open);
end $$;
grant execute on function handover.count_open_sessions to public;
