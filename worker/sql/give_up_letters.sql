-- Returns nothing: the replay $1 waits no more for what it sent and heard nothing of; those letters are open again.
-- Should one still fail or be handled, that counts. Locks the rows and, by id, their letters until commit.
with given_up as (
    update handover.replay_letters
    set outcome = 'unknown', settled_at = now()
    where replay_id = $1 and outcome in ('sending', 'sent')
    returning letter_id
)
update handover.dead_letters set state = 'open', changed_at = now()
where id in (select d.id from handover.dead_letters d join given_up g on g.letter_id = d.id
             where d.state = 'replaying' and d.replay_id = $1
             order by d.id for update of d)
