-- Returns nothing; the command tag counts. Of the letters $2 those in state $3 go to state $4, and the action $1
-- has a row for each, with outcome $5, numbered from $6 on. Locks the letters until commit, by id.
with found as (
    select id, fingerprint, tenant_id, contact_id, event_id, attempts, first_at, seq
    from handover.dead_letters
    where id = any ($2::uuid[]) and state = $3
    order by id for update
), moved as (
    update handover.dead_letters set state = $4, changed_at = now() where id in (select id from found)
)
insert into handover.replay_letters (replay_id, position, letter_id, recorded_as, outcome, fingerprint, tenant_id,
                                     contact_id, event_id, attempts_before, settled_at)
select $1, $6 - 1 + row_number() over (order by first_at, seq), id, id, $5, fingerprint, tenant_id, contact_id,
       event_id, attempts, now()
from found
