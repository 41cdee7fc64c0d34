// Who there is to take sessions, how full they are, and whether the turns were fair.

import { fill, h, hide, write } from "./dom.js";
import { fairness } from "./fairness.js";
import { arrange } from "./keyed.js";
import { onceAFrame, settled } from "./listing.js";
import { choice, empty, offer, person, pill } from "./pieces.js";
import { setSince, since } from "./ticking.js";
import { span } from "./times.js";
import { count } from "./words.js";

const ORDER = { online: 0, busy: 1, offline: 2 };

export class Agents {
  constructor(app, panel) {
    this.app = app;
    this.draw = onceAFrame(() => this.render());
    this.reload = settled(() => this.app.readAgents(), 1000, 3000);
    this.tenant = choice("Tenant", (tenant) => app.route.go({ tenant, team: null, agent: null }));
    this.summary = h("p", { class: "summary" });
    this.list = h("tbody", {});
    this.table = h(
      "table",
      { class: "roster" },
      h("caption", { class: "unseen" }, "Agents"),
      h("thead", {}, h("tr", {}, ["Agent", "Presence", "Open", "Turns today", "Time to accept"].map((name) => h("th", { scope: "col" }, name)))),
      this.list,
    );
    this.nothing = h("div", {});
    this.pools = h("div", { class: "pools" });
    panel.append(
      h("div", { class: "bar" }, h("h2", {}, "Agents"), this.summary, h("div", { class: "filters" }, this.tenant)),
      h("div", { class: "halves" }, h("div", { class: "card flush" }, this.table, this.nothing), h("section", { "aria-label": "Fairness by pool" }, this.pools)),
    );
  }

  show(at) {
    if (!this.shown) this.app.readAgents();
    this.shown = true;
    offer(this.tenant, [["", "All tenants"], ...this.app.tenants.map((id) => [id, id])], at.tenant);
    this.draw();
  }

  hear(name) {
    if (name !== "agent" || this.app.view !== this) return;
    this.draw();
    this.reload();
  }

  /** Another view is shown. */
  leave() {
    this.shown = false;
  }

  render() {
    const { tenant } = this.app.route.at;
    const of = (each) => !tenant || each.tenant === tenant;
    const agents = [...this.app.agents.values()].filter(of).sort(inOrder);
    const online = agents.filter((agent) => agent.status === "online" && agent.active).length;
    write(this.summary, agents.length ? `${online} of ${count(agents.length, "agent")} online` : "");
    arrange(this.list, agents, { key: (agent) => agent.id, make, update });
    hide(this.table, agents.length === 0);
    fill(this.nothing, this.advice(agents, online));
    fill(this.pools, this.app.pools.filter(of).map((pool) => fairness(pool)));
  }

  advice(agents, online) {
    if (!this.app.agentsRead) return null;
    if (!agents.length) return empty("No agents yet.", "Add the first, and what waits is given out at once:", "handover agents add --tenant acme --name Amina --status online --max-sessions 5");
    if (!online) return empty("Nobody is online.", "Bring somebody online, and what waits is given out at once:", `handover agents set ${agents[0].id} --status online`);
    return null;
  }
}

function inOrder(one, other) {
  const presence = (ORDER[one.status] ?? 3) - (ORDER[other.status] ?? 3);
  return presence || one.tenant.localeCompare(other.tenant) || one.name.localeCompare(other.name);
}

function make() {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }),
    h("td", { "data-label": "Presence" }, h("span", { class: "presence" }, h("i", { "aria-hidden": "true" }), h("span", {})), h("small", {}, since(null))),
    h("td", { "data-label": "Open" }, h("span", { class: "of" }), h("progress", { class: "load" })),
    h("td", { "data-label": "Turns today", class: "figure" }),
    h("td", { "data-label": "Time to accept", class: "figure" }),
  );
}

function update(row, agent) {
  const [who, presence, open, turns, accept] = row.children;
  row.dataset.presence = agent.active ? agent.status : "inactive";
  fill(who, person(agent.name), h("small", {}, [agent.tenant, ...agent.teamNames, ...agent.skills].join(" · ")));
  write(presence.querySelector(".presence span"), agent.active ? agent.status : "inactive");
  const time = presence.querySelector("time");
  setSince(time, agent.statusAt);
  hide(time, agent.statusAt === null);
  write(open.querySelector(".of"), agent.cap === null ? `${agent.open}` : `${agent.open} of ${agent.cap}`);
  const load = open.querySelector("progress");
  hide(load, agent.cap === null);
  load.max = agent.cap || 1;
  load.value = Math.min(agent.open, agent.cap ?? 0);
  load.classList.toggle("full", agent.cap !== null && agent.open >= agent.cap);
  load.setAttribute("aria-label", `Open sessions of ${agent.name}`);
  write(turns, agent.turns.toLocaleString());
  write(accept, span(agent.accept));
}
