// The words for what the API names in one.

const WAITS = {
  no_agents: "no agents",
  none_online: "nobody online",
  no_skill: "nobody online has the skill",
  all_at_capacity: "everybody is full",
  unanswered: "nobody accepted it in time",
  manual: "people assign this team",
  team_closed: "the team is closed",
};

const BECAUSE = {
  new: "new",
  again: "came again",
  queue: "from the queue",
  timeout: "not accepted in time",
  released: "released",
  reassigned: "given by an operator",
};

const OUTCOMES = {
  replayed: "handled",
  failed: "failed again",
  broken: "would fail again",
  handled: "was handled meanwhile",
  superseded: "has a newer handover",
  not_sent: "not sent",
  not_open: "not open",
  unknown: "sent, not heard of yet",
  replay: "would be sent",
};

export const TABS = ["unassigned", "assigned", "resolved"];
export const STATUSES = { unassigned: "Unassigned", assigned: "Assigned", resolved: "Resolved", deleted: "Deleted" };

export const waits = (reason) => WAITS[reason] ?? BECAUSE[reason] ?? reason ?? "waiting";
export const because = (reason) => BECAUSE[reason] ?? WAITS[reason] ?? reason ?? "";
export const outcome = (name) => OUTCOMES[name] ?? name;

/** `1 letter`, `2 letters`. */
export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`;
}

/** Two letters that stand for a name. */
export function initials(name) {
  const words = (name ?? "").trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)].map((word) => [...word][0]) : [...(words[0] ?? "")].slice(0, 2);
  return letters.join("").toLocaleUpperCase();
}

/** The first of an id, enough to tell it from others. */
export const short = (id) => (id ? String(id).slice(0, 8) : "");
