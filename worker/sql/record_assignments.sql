-- Returns nothing. A version that exists already is a violation: versions have no gaps and no doubles.
insert into handover.assignments (session_id, version, tenant_id, contact_id, event_id, what, reason, agent_id,
                                  previous_agent_id, pool_id, turn, considered, passed_over, skills, asked_at,
                                  decided_at, actor, requested_team_id, team_fallback)
select session_id, version, tenant_id, contact_id, event_id, what, reason, agent_id, previous_agent_id, pool_id,
       turn, considered, passed_over::jsonb, array(select jsonb_array_elements_text(skills::jsonb)), asked_at, decided_at, actor,
       requested_team_id, team_fallback
from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[],
            $9::uuid[], $10::uuid[], $11::bigint[], $12::int[], $13::text[], $14::text[], $15::timestamptz[],
            $16::timestamptz[], $17::text[], $18::text[], $19::text[])
  as n (session_id, version, tenant_id, contact_id, event_id, what, reason, agent_id, previous_agent_id, pool_id,
        turn, considered, passed_over, skills, asked_at, decided_at, actor, requested_team_id, team_fallback)
