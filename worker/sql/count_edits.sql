-- Returns how many edited copies of the letter $1 there were. Locks nothing.
select count(*) from handover.replay_letters where letter_id = $1 and body is not null
