// The story of a session: where it is and why, who could take it, what was decided, what went wrong.

import { h } from "./dom.js";
import { acts } from "./acting.js";
import { decision } from "./decision.js";
import { settled } from "./listing.js";
import { redraw } from "./panel.js";
import { facts, head, person, pill } from "./pieces.js";
import { moment } from "./ticking.js";
import { instant, session } from "./wire.js";
import { STATUSES, count, short } from "./words.js";

const LATEST = 20; // of each list, as the server tells them

export class StoryPanel {
  /** `revealed` holds the contact ids that were asked for, by session. */
  constructor(app, { close, reveal, revealed }) {
    this.app = app;
    this.close = close;
    this.reveal = reveal;
    this.revealed = revealed;
    this.id = null;
    this.told = null;
    this.reload = settled(() => this.load(), 250, 1000);
    this.element = h("aside", { class: "panel", "aria-label": "Story of the session", hidden: true });
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
  }

  show(id) {
    if (id === this.id) return;
    this.id = id;
    this.told = null;
    this.element.hidden = id === null;
    if (id === null) return;
    this.draw();
    this.element.querySelector("h2").focus({ preventScroll: true });
    this.load();
  }

  refresh() {
    if (this.id) this.load();
  }

  hear(row) {
    if (row.id === this.id) this.reload();
  }

  async load() {
    const id = this.id;
    if (!id) return;
    const told = await this.app.ask(() => this.app.api.get(`sessions/${id}/story`, { reveal: this.revealed.has(id) ? 1 : null }));
    if (!told || id !== this.id) return;
    this.told = told;
    this.draw();
  }

  draw() {
    if (!this.id) return;
    redraw(this.element, this.parts());
  }

  parts() {
    const told = this.told;
    const close = this.close;
    if (!told) return [head("Reading the story", close), h("p", { class: "reading-note" }, "One moment …")];
    const raw = told.sessions.find((each) => each.id === this.id);
    const row = raw ? { ...session(raw), version: newest(told.decisions, this.id) } : null;
    return [
      head(row?.name || "No name", close),
      this.lead(told, row),
      row ? acts(this.app, row, () => this.load()) : null,
      section("Who could take it now, in turn", pool(told.pool)),
      section("Handovers and decisions", timeline(told)),
      section("Not yet announced", unannounced(told.unannounced)),
      section("Dead letters of the contact", letters(told.dead_letters)),
      section("Other sessions of the contact", others(told.sessions, this.id, this.app)),
      raw?.context ? section("What the bot knew", h("pre", { tabindex: "0", "aria-label": "Context" }, JSON.stringify(raw.context, null, 2))) : null,
    ];
  }

  agent(row) {
    if (!row?.agentId) return null;
    return person(row.agentName ?? this.app.agents.get(row.agentId)?.name ?? "an agent who left");
  }

  lead(told, row) {
    const known = this.revealed.get(this.id);
    const contact = h("span", { class: "number" }, known ?? told.contact_id);
    const show = h("button", { type: "button", class: "link-button", onclick: () => this.reveal(this.id) }, "Reveal");
    return h(
      "div",
      { class: "lead" },
      h("p", { class: "sentence" }, withCommands(told.sentence)),
      facts([
        ["Status", row ? pill(STATUSES[row.status] ?? row.status, row.status) : pill("Deleted", "deleted")],
        ["Contact", h("span", {}, contact, " ", known ? null : show)],
        ["Tenant", told.tenant_id],
        ["Channel", row?.channel],
        ["Agent", this.agent(row)],
        ["Priority", row?.priority || null],
        ["Opened", row ? moment(row.createdAt) : null],
        ["Assigned", row?.assignedAt ? moment(row.assignedAt) : null],
        ["Accepted", row?.acceptedAt ? moment(row.acceptedAt) : null],
        ["Session", h("code", {}, this.id)],
      ]),
    );
  }
}

/** The version of the session as this story has it; null when nothing was ever decided about it. */
function newest(decisions, id) {
  const versions = decisions.filter((each) => each.session_id === id).map((each) => each.version);
  return versions.length ? Math.max(...versions) : null;
}

/** A sentence whose `commands` stand out. */
export function withCommands(text) {
  return text.split("`").map((part, at) => (at % 2 ? h("code", {}, part) : part));
}

function section(title, content) {
  return content ? h("section", { class: "chapter" }, h("h3", {}, title), content) : null;
}

function pool(found) {
  if (!found) return null;
  const shut = found.shut ? h("p", {}, found.shut === "manual" ? "Nobody by itself: people assign this team." : "Nobody: the team is closed.") : null;
  if (!found.agents.length) return h("div", {}, shut, h("p", {}, "There is no agent in this pool."));
  const agents = found.agents.map((agent) =>
    h("li", { class: agent.why ? "passed" : "able" }, person(agent.name), h("small", {}, agent.why ?? "could take it")),
  );
  return h("div", {}, shut, h("ol", { class: "turns" }, agents));
}

function timeline(told) {
  if (!told.decisions.length) return h("p", {}, "Nothing was decided yet.");
  const waiting = new Set(told.unannounced.map((each) => `${each.session_id}:${each.version}`));
  const announced = (each) => !waiting.has(`${each.session_id}:${each.version}`);
  return h("div", {}, h("ol", { class: "timeline" }, told.decisions.map((each) => decision(each, announced(each)))), cut(told.decisions));
}

/** Where there may be more than is told. */
function cut(found) {
  return found.length < LATEST ? null : h("p", { class: "hint" }, `The latest ${LATEST} are told; there may be older ones.`);
}

function unannounced(events) {
  if (!events.length) return null;
  return h("ul", { class: "plain" }, events.map((each) => h("li", {}, pill(each.type, "waiting"), ` version ${each.version}, since `, moment(instant(each.created_at)))));
}

function letters(found) {
  if (!found.length) return null;
  return h(
    "ul",
    { class: "plain" },
    found.map((each) =>
      h(
        "li",
        {},
        h("a", { href: `#letters?letter=${encodeURIComponent(each.id)}&state=all` }, each.reason),
        " ",
        pill(each.state),
        h("p", {}, each.error),
        h("small", {}, moment(instant(each.last_at)), ` · ${count(each.attempts, "attempt")}`),
      ),
    ),
  );
}

function others(sessions, id, app) {
  const found = sessions.filter((each) => each.id !== id).map((each) => session(each));
  if (!found.length) return null;
  const go = (row) => app.route.go({ session: row.id });
  const rows = found.map((row) =>
    h(
      "li",
      {},
      h("button", { type: "button", class: "link-button", onclick: () => go(row) }, `Session ${short(row.id)}`),
      " ",
      pill(STATUSES[row.status] ?? row.status, row.status),
      " opened ",
      moment(row.createdAt),
    ),
  );
  return h("div", {}, h("ul", { class: "plain" }, rows), cut(sessions));
}
