// What an operator may do with a session. Each act first shows, by a dry run, what it would do.

import { h } from "./dom.js";
import { dialog } from "./asking.js";
import { facts } from "./pieces.js";
import { STATUSES, count } from "./words.js";

const ACTS = {
  release: { label: "Release", title: "Release the session?", verb: "Release", kind: "primary", open: true },
  reassign: { label: "Reassign", title: "Give the session to somebody", verb: "Reassign", kind: "primary", open: true },
  resolve: { label: "Resolve", title: "Resolve the session?", verb: "Resolve", kind: "primary", open: true },
  delete: { label: "Delete", title: "Delete the session?", verb: "Delete", kind: "danger", open: false },
};

export function acts(app, row, done) {
  if (!app.me.canAct) return h("p", { class: "hint acts" }, "Read-only: start the console with HANDOVER_CONSOLE_TOKEN to act from here.");
  const possible = Object.entries(ACTS).filter(([, act]) => !act.open || row.status !== "resolved");
  return h(
    "div",
    { class: "acts", role: "group", "aria-label": "Act on the session" },
    possible.map(([name, act]) =>
      h("button", { type: "button", class: act.kind === "danger" ? "danger-quiet" : "", onclick: () => start(app, name, row, done) }, act.label),
    ),
  );
}

async function start(app, name, row, done) {
  if (!(await app.mayAct())) return;
  const act = ACTS[name];
  const path = `sessions/${row.id}/${name}`;
  const seen = { sessionVersion: row.version };
  const asked = name === "reassign" ? reassignment(app, row) : await foreseen(app, name, () => app.api.post(path, { ...seen, dryRun: true }));
  if (!asked) return;
  let report = null;
  const acted = await dialog({
    ...act,
    body: asked.fields,
    submit: async () => {
      report = await app.api.post(path, { ...seen, ...asked.body(), dryRun: false });
    },
  });
  if (!acted) return;
  await done(); // the next act is to be about the session as it is now
  app.toast(said(name, report), "good");
}

/** What a dry run tells, to look at before it is done; null when it was refused. */
async function foreseen(app, name, rehearse) {
  const report = await app.ask(rehearse);
  if (!report) return null;
  return name === "delete" ? losses(report) : { fields: outlook(report), body: () => ({}) };
}

function outlook(change) {
  if (!change.event_type) return h("p", {}, `There is nothing to do: it is ${change.status} already.`);
  return h(
    "div",
    {},
    facts([
      ["Afterwards", STATUSES[change.status] ?? change.status],
      ["Agent", change.agent_name ?? "nobody"],
      ["Event", h("code", {}, change.event_type)],
      ["Version", change.session_version],
    ]),
    change.status === "unassigned" ? h("p", { class: "hint" }, "A running worker gives it out again at once, to whose turn it is.") : null,
  );
}

function losses(removal) {
  const cascade = h("input", { type: "checkbox", id: "cascade" });
  const forbidden = removal.references.some((each) => each.forbids);
  const it = removal.sessions.length === 1 ? "it" : "them";
  const fields = h(
    "div",
    {},
    h("p", {}, `${count(removal.sessions.length, "session")} and what refers to ${it} would be gone for good.`),
    h("ul", { class: "plain" }, removal.references.map((each) => h("li", {}, reference(each)))),
    forbidden ? h("label", { class: "check", for: "cascade" }, cascade, " Delete also the rows that forbid it") : null,
    h("p", { class: "hint" }, "The audit stays."),
  );
  return { fields, body: () => ({ cascade: cascade.checked }) };
}

function reference(each) {
  const fate = each.forbids ? " forbid it" : each.goes ? " go with it" : " stay";
  return `${count(each.rows, "row")} of ${each.table}${fate}`;
}

function reassignment(app, row) {
  const agents = [...app.agents.values()].filter((agent) => agent.tenant === row.tenant && agent.active);
  const select = h("select", { id: "to-agent" }, agents.map((agent) => h("option", { value: agent.id }, `${agent.name} · ${agent.status}, ${agent.open} open`)));
  const force = h("input", { type: "checkbox", id: "force" });
  const fields = h(
    "div",
    { class: "fields" },
    h("label", { for: "to-agent" }, "To"),
    select,
    h("label", { class: "check", for: "force" }, force, " Even if they are not online, or full"),
    h("p", { class: "hint" }, "It is not a turn: the rotation goes on as if it had not been."),
  );
  return { fields, body: () => ({ agentId: select.value, force: force.checked }) };
}

function said(name, report) {
  if (name === "delete") return `Deleted ${count(report.sessions.length, "session")}.`;
  const to = report.agent_name ? ` to ${report.agent_name}` : "";
  return { release: "Released: it waits for its turn.", resolve: "Resolved.", reassign: `Reassigned${to}.` }[name];
}
