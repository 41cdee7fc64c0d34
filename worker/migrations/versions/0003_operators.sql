-- Who did it: null is the worker. What team a handover named that could not be used, and why not.
alter table handover.assignments
    add column actor varchar(100),
    add column requested_team_id varchar(100),
    add column team_fallback varchar(20);

-- A contact's dead letters.
create index if not exists dead_letters_contact on handover.dead_letters (tenant_id, contact_id);
