-- Returns the positions of the replay $1 that were never sent, and are not held any more. Locks them and, by id,
-- their letters until commit.
with unsent as (
    update handover.replay_letters
    set outcome = 'not_sent', settled_at = now()
    where replay_id = $1 and outcome = 'planned'
    returning position, letter_id
), released as (
    update handover.dead_letters set state = 'open', changed_at = now()
    where id in (select d.id from handover.dead_letters d join unsent u on u.letter_id = d.id
                 where d.state = 'replaying' and d.replay_id = $1
                 order by d.id for update of d)
)
select position from unsent
