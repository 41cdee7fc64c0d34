-- Returns those of the claims "replay $1 sent me, I am letter $2" that are true, and whether it fails for the first
-- time in that replay; the replay's row then says that it did. Locks those rows until commit.
with claims as (
    select distinct on (replay_id, letter_id) *
    from unnest($1::uuid[], $2::uuid[], $3::text[]) as c (replay_id, letter_id, error)
    order by replay_id, letter_id
), found as (
    select r.replay_id, r.position, r.recorded_as, r.outcome in ('sending', 'sent', 'unknown') as first, c.error
    from handover.replay_letters r
    join claims c on c.replay_id = r.replay_id and c.letter_id = r.recorded_as
    order by r.replay_id, r.position
    for update of r
), failed as (
    update handover.replay_letters r
    set outcome = 'failed', detail = f.error, settled_at = now()
    from found f
    where r.replay_id = f.replay_id and r.position = f.position and f.first
)
select replay_id, recorded_as as letter_id, first from found
