-- Returns nothing: the action $1 of somebody has begun.
insert into handover.replays (id, action, actor, filter, options) values ($1, $2, $3, $4, $5)
