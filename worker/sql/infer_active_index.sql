-- Returns a plan, nothing is inserted; fails with 42P10 unless the index is there that makes a second active
-- session of a contact impossible, under whatever name. Locks nothing.
explain insert into inbox_sessions ("tenantId", "contactId") values ('', '')
on conflict ("tenantId", "contactId") where status in ('assigned', 'unassigned') do nothing
