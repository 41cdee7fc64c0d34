// The inbox as agents know it: three tabs with counts, filters, rows that come and go by themselves.

import { summed, told } from "./counting.js";
import { h, hide, write } from "./dom.js";
import { matcher, opaque, parameters } from "./filter.js";
import { Filters } from "./filters.js";
import { arrange } from "./keyed.js";
import { arrows, onceAFrame, settled } from "./listing.js";
import { nothing } from "./nothing.js";
import { makeRow, updateRow } from "./row.js";
import { Sessions } from "./state.js";
import { StoryPanel } from "./story.js";
import { tabs } from "./tabs.js";
import { session } from "./wire.js";
import { STATUSES, TABS } from "./words.js";

const PAGE = 100;
const MOST_AT_ONCE = 500;

export class Inbox {
  constructor(app, panel) {
    this.app = app;
    this.sessions = new Sessions();
    this.revealed = new Map();
    this.counts = {};
    this.more = {};
    this.read = {};
    this.question = 0;
    this.filter = null;
    this.limit = PAGE;
    this.draw = onceAFrame(() => this.render());
    this.reload = settled(() => this.load(), 400, 2000);
    this.reloadSeldom = settled(() => this.load(), 4000, 8000);
    this.recheck = settled(() => this.check(), 1500, 3000);
    this.build(panel);
  }

  build(panel) {
    this.filters = new Filters(this.app, (patch, how) => this.app.route.go({ ...patch, session: null }, how));
    const list = h("div", { role: "tablist", "aria-label": "Sessions by status", class: "statuses" });
    this.select = tabs(
      list,
      TABS.map((id) => ({ id, panel: "sessions", parts: tabParts(id) })),
      (tab) => this.app.route.go({ tab, session: null }),
    );
    this.rows = h("ol", { class: "rows", "aria-label": "Sessions" });
    arrows(this.rows, ".open");
    this.nothing = h("div", { class: "nothing", hidden: true });
    this.moreButton = h("button", { type: "button", class: "more", hidden: true, onclick: () => this.showMore() }, "Show more");
    this.body = h("div", { role: "tabpanel", id: "sessions", tabindex: "-1" }, this.rows, this.nothing, this.moreButton);
    this.story = new StoryPanel(this.app, {
      close: () => this.closeStory(),
      reveal: (id) => this.reveal(id),
      revealed: this.revealed,
    });
    panel.append(
      h("div", { class: "desk" }, h("div", { class: "column" }, h("div", { class: "bar" }, list, this.filters.element), this.body), this.story.element),
    );
  }

  get tab() {
    return TABS.includes(this.app.route.at.tab) ? this.app.route.at.tab : "unassigned";
  }

  show(at) {
    const filter = JSON.stringify([parameters(at), at.order]);
    const other = filter !== this.filter;
    if (other || this.tab !== this.shown) this.limit = PAGE;
    this.shown = this.tab;
    if (other) {
      this.filter = filter;
      this.sessions.clear({ oldest: at.order === "oldest" });
      this.read = {};
    }
    this.filters.show(at, { waiting: this.tab === "unassigned" });
    this.select(this.tab);
    this.body.setAttribute("aria-labelledby", `tab-${this.tab}`);
    if (other || !this.read[this.tab]) this.load();
    this.story.show(at.session ?? null);
    this.draw();
  }

  /** After a connection was made: whatever was missed is in the answers. */
  refresh() {
    this.read = { [this.tab]: this.read[this.tab] };
    this.load();
    this.story.refresh();
  }

  hear(name, data) {
    if (name === "session") this.hearSession(data);
    if (name === "snapshot" && data.counts) this.hearCounts(data.counts.tenants);
    if (name === "counts") this.hearCounts(data.tenants);
    if (name === "agent") this.hearAgent();
  }

  hearAgent() {
    this.filters.show(this.app.route.at, { waiting: this.tab === "unassigned" });
    this.draw();
  }

  hearSession(raw) {
    const row = session(raw, this.sessions.rows.get(raw.id ?? raw.sessionId));
    const at = this.app.route.at;
    if (opaque(at) && !this.sessions.rows.has(row.id)) return this.reload();
    if (!this.sessions.hear(row)) return;
    this.story.hear(row);
    this.recheck();
    this.draw();
  }

  /** Counts of all there are; those of a narrower filter only an answer tells. */
  hearCounts(tenants) {
    const { tenant, ...narrower } = parameters(this.app.route.at);
    if (Object.values(narrower).some(Boolean)) return this.reload();
    this.counts = summed(tenants, tenant);
    this.recheck();
    this.draw();
  }

  /** Programs that change sessions by SQL publish no event: a list whose length is not the count is read again. */
  check() {
    if (this.more[this.tab]) return this.reloadSeldom();
    if (this.counts[this.tab] !== undefined && this.length() !== this.counts[this.tab]) this.load();
  }

  length() {
    return this.sessions.list(this.tab, this.matches()).length;
  }

  matches() {
    return matcher(this.app.route.at, this.app.agents);
  }

  showMore() {
    this.limit += PAGE;
    if (this.length() < this.limit && this.more[this.tab]) this.load({ more: true });
    else this.draw();
  }

  /** Reads the tab, or what is behind what was read of it; when another view is shown, as soon as this one is. */
  async load({ more = false } = {}) {
    const tab = this.tab;
    if (this.app.view !== this) this.read = {};
    if (this.app.view !== this) return;
    const question = ++this.question;
    const asked = this.sessions.asking();
    const from = more ? (this.sessions.horizons.get(tab) ?? null) : null;
    const limit = more ? PAGE : Math.min(MOST_AT_ONCE, this.limit);
    const wanted = { ...parameters(this.app.route.at), status: tab, limit, before: more ? this.more[tab] : null, order: tab === "unassigned" ? this.app.route.at.order : null };
    const answer = await this.app.ask(() => this.app.api.get("sessions", wanted));
    if (!answer || question !== this.question) return;
    const rows = answer.sessions.map((raw) => session(raw));
    this.sessions.fetched(tab, rows, { asked, from, whole: !answer.next });
    this.more[tab] = answer.next ?? null;
    this.read[tab] = true;
    this.counts = answer.counts ?? this.counts;
    this.draw();
  }

  render() {
    const rows = this.sessions.list(this.tab, this.matches());
    const doing = {
      open: (id) => this.app.route.go({ session: id }),
      reveal: (id) => this.reveal(id),
      fresh: (row) => this.sessions.heardAt.has(row.id),
    };
    arrange(this.rows, rows.slice(0, this.limit), {
      key: (row) => row.id,
      make: (row) => makeRow(row, doing),
      update: (element, row) => updateRow(element, row, this.revealed.get(row.id)),
    });
    for (const element of this.rows.children) {
      const open = element.dataset.session === this.app.route.at.session;
      element.classList.toggle("is-open", open);
    }
    hide(this.moreButton, rows.length <= this.limit && !this.more[this.tab]);
    this.renderCounts(rows.length);
    hide(this.nothing, rows.length > 0 || !this.read[this.tab]);
    if (!this.nothing.hidden) nothing(this.app, this.tab, this.nothing);
  }

  renderCounts(length) {
    const whole = this.read[this.tab] && !this.more[this.tab];
    const counts = { ...this.counts, ...(whole ? { [this.tab]: length } : {}) };
    for (const tab of TABS) write(document.getElementById(`count-${tab}`), told(counts[tab]));
    document.title = `${counts.unassigned ? `(${counts.unassigned}) ` : ""}Handover console`;
  }

  async reveal(id) {
    if (!this.app.me.canReveal && !(await this.app.mayAct())) return;
    const raw = await this.app.ask(() => this.app.api.get(`sessions/${id}`, { reveal: 1 }));
    if (!raw) return;
    this.revealed.set(id, raw.contactId);
    this.story.refresh();
    const row = this.sessions.rows.get(id);
    if (row) this.sessions.rows.set(id, { ...row });
    this.story.draw();
    this.draw();
  }

  closeStory() {
    const id = this.app.route.at.session;
    this.app.route.go({ session: null });
    this.rows.querySelector(`[data-session="${CSS.escape(id ?? "")}"] .open`)?.focus();
  }

  escape() {
    if (this.app.route.at.session) this.closeStory();
  }

  focusFilter() {
    this.filters.focus();
  }
}

function tabParts(id) {
  return [h("span", {}, STATUSES[id]), h("b", { class: "count", id: `count-${id}` })];
}
