-- As 0004_presence.sql made it, but for who is offline: one who was removed or made inactive, and is back on the roster
-- before anybody looked, has left as who goes offline leaves.
create or replace function handover.tell_of_agent() returns trigger language plpgsql as $$
declare
    gone boolean := tg_op = 'DELETE' or (tg_op = 'UPDATE' and not new.active);
    was_gone boolean := tg_op = 'INSERT' or (tg_op = 'UPDATE' and not old.active);
begin
    if gone and not was_gone then
        insert into handover.departures (tenant_id, agent_id, left_at, removed)
        values (old.tenant_id, old.id, now(), true)
        on conflict (tenant_id, agent_id) do update set left_at = excluded.left_at, removed = true;
    elsif tg_op = 'UPDATE' and new.status = 'offline' and old.status <> 'offline' and new.active then
        insert into handover.departures (tenant_id, agent_id, left_at, removed)
        values (new.tenant_id, new.id, now(), false)
        on conflict (tenant_id, agent_id) do update set removed = false, left_at = excluded.left_at;
    elsif tg_op <> 'DELETE' and new.active and new.status <> 'offline' then
        delete from handover.departures where tenant_id = new.tenant_id and agent_id = new.id;
        perform handover.wake(new.tenant_id);
    elsif tg_op <> 'DELETE' and new.active and was_gone then
        update handover.departures set removed = false, left_at = now()
        where tenant_id = new.tenant_id and agent_id = new.id;
    end if;
    return null;
end $$;
