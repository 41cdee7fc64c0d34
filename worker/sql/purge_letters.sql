-- Returns nothing; the command tag counts. Of the letters $2 those in one of the states $3 since before $4 are
-- deleted, and the action $1 has a row for each, numbered from $5 on. Locks the letters until commit, by id.
with found as (
    select id, fingerprint, tenant_id, contact_id, event_id, attempts, first_at, seq
    from handover.dead_letters
    where id = any ($2::uuid[]) and state = any ($3::text[]) and state <> 'replaying'
      and greatest(last_at, changed_at) < $4
    order by id for update
), purged as (
    delete from handover.dead_letters where id in (select id from found)
)
insert into handover.replay_letters (replay_id, position, letter_id, recorded_as, outcome, fingerprint, tenant_id,
                                     contact_id, event_id, attempts_before, settled_at)
select $1, $5 - 1 + row_number() over (order by first_at, seq), id, id, 'purged', fingerprint, tenant_id, contact_id,
       event_id, attempts, now()
from found
