// Which sessions are meant: the same question to the server and, of rows that come live, to ourselves. Pure.

/** What is typed is a contact when it holds a digit or `@` or `+`, as ids do and names seldom; else it is a name. */
export function asked(text) {
  const typed = (text ?? "").trim();
  if (!typed) return {};
  return /[\d@+]/.test(typed) ? { contact: typed } : { name: typed };
}

/** The parameters of GET /api/sessions. */
export function parameters({ tenant, team, agent, find }) {
  return { tenant, team, agent, ...asked(find) };
}

/** Whether the server alone can tell: contact ids are masked here. */
export function opaque({ find }) {
  return "contact" in asked(find);
}

/** Whether a row is meant. `agents` are by id: an agent sees what is theirs, and what waits where they are asked. */
export function matcher({ tenant, team, agent, find }, agents) {
  const name = asked(find).name?.toLocaleLowerCase();
  const looking = agent ? agents.get(agent) : null;
  return (row) =>
    (!tenant || row.tenant === tenant) &&
    (!team || row.teamId === team) &&
    (!agent || sees(agent, looking, row)) &&
    (!name || (row.name ?? "").toLocaleLowerCase().includes(name));
}

function sees(id, looking, row) {
  if (row.status !== "unassigned") return row.agentId === id;
  if (!looking) return true;
  return row.tenant === looking.tenant && (!row.teamId || looking.teams.includes(row.teamId));
}
