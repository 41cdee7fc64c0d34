// Which sessions are meant: the same question to the server and, of rows that come live, to ourselves. Pure.

/** What is typed is a contact when it holds a digit or `@` or `+`, as ids do and names seldom; else it may be either. */
export function asked(text) {
  const typed = (text ?? "").trim();
  if (!typed) return {};
  return /[\d@+]/.test(typed) ? { contact: typed } : { find: typed };
}

/** The parameters of GET /api/sessions. */
export function parameters({ tenant, team, agent, find }) {
  return { tenant, team, agent, ...asked(find) };
}

/** Whether the server alone can tell: contact ids are masked here. */
export function opaque({ find }) {
  return Object.keys(asked(find)).length > 0;
}

/** Whether a row is meant, if what is typed does not tell. `agents` are by id: an agent sees what is theirs, and what waits where they are asked. */
export function matcher({ tenant, team, agent }, agents) {
  const looking = agent ? agents.get(agent) : null;
  return (row) =>
    (!tenant || row.tenant === tenant) &&
    (!team || row.teamId === team) &&
    (!agent || sees(agent, looking, row));
}

function sees(id, looking, row) {
  if (row.status !== "unassigned") return row.agentId === id;
  if (!looking) return true;
  return row.tenant === looking.tenant && (!row.teamId || looking.teams.includes(row.teamId));
}
