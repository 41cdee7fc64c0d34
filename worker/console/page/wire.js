// The server's JSON as the page's records. What the API renames is renamed here and nowhere else.

/** A session, from a list or from the stream; what the stream does not tell is as it was `known`. */
export function session(raw, known = null) {
  return {
    id: raw.id ?? raw.sessionId,
    version: raw.sessionVersion ?? 0,
    tenant: raw.tenantId,
    contact: raw.contactId,
    name: raw.contactName ?? null,
    status: raw.status,
    channel: raw.channel,
    agentId: raw.assignedAgentId ?? raw.agentId ?? null,
    agentName: raw.agentName ?? null,
    teamId: raw.assignedTeamId ?? raw.teamId ?? null,
    teamName: raw.teamName ?? null,
    priority: raw.priority ?? 0,
    reason: raw.reason ?? null,
    createdAt: instant(raw.createdAt) ?? known?.createdAt ?? null,
    order: raw.createdAt ?? known?.order ?? "",
    assignedAt: instant(raw.assignedAt),
    acceptedAt: instant(raw.acceptedAt),
    updatedAt: instant(raw.updatedAt),
    waitingSince: instant(raw.waitingSince),
  };
}

/** Milliseconds since 1970, or null. */
export function instant(text) {
  return text ? Date.parse(text) : null;
}

/** An agent, with the names of its teams. */
export function agent(raw, teams) {
  return {
    id: raw.id,
    tenant: raw.tenant_id,
    name: raw.name,
    status: raw.status,
    statusAt: instant(raw.status_at),
    active: raw.active,
    cap: raw.max_sessions ?? null,
    skills: raw.skills ?? [],
    teams: raw.teams ?? [],
    teamNames: (raw.teams ?? []).map((id) => teams.get(id)).filter(Boolean),
    open: raw.open ?? 0,
    turns: raw.turns_today ?? 0,
    accept: raw.accept_seconds ?? null,
  };
}

/** A pool and the turns of its agents today. */
export function pool(raw) {
  return {
    tenant: raw.tenant_id,
    teamId: raw.team_id ?? null,
    team: raw.team_name ?? null,
    shares: raw.turns.map((each) => ({ id: each.agent_id, name: each.agent_name ?? "an agent who left", turns: each.turns })),
  };
}

/** A dead letter of a list. */
export function letter(raw) {
  return { ...raw, lastAt: instant(raw.last_at), firstAt: instant(raw.first_at) };
}
