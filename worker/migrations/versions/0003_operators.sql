-- Who did it: null is the worker. What team a handover named that could not be used, and why not.
alter table handover.assignments
    add column actor varchar(100),
    add column requested_team_id varchar(100),
    add column team_fallback varchar(20);
