// Dead letters: their causes, the letters of one, and what is done with them.

import { fill, h, hide, write } from "./dom.js";
import { arrange } from "./keyed.js";
import { LetterPanel } from "./letter.js";
import { makeCause, makeLetter, updateCause, updateLetter } from "./letterrow.js";
import { arrows, onceAFrame, settled } from "./listing.js";
import { button, choice, empty, offer } from "./pieces.js";
import { Replays } from "./replays.js";
import { Selection } from "./selection.js";
import { discard, replay, restore } from "./treating.js";
import { Unfinished } from "./unfinished.js";
import { letter } from "./wire.js";
import { count } from "./words.js";

const PAGE = 100;
const MOST_AT_ONCE = 1000;
const STATES = [
  ["", "Open"],
  ["replayed", "Replayed"],
  ["discarded", "Discarded"],
  ["superseded", "Superseded"],
  ["all", "All"],
];
const ALL = ["open", "replaying", "replayed", "discarded", "superseded"];

export class Letters {
  constructor(app, panel) {
    this.app = app;
    this.groups = [];
    this.letters = [];
    this.next = null;
    this.read = null;
    this.stale = false;
    this.question = 0;
    this.selection = new Selection(() => this.draw());
    this.replays = new Replays(app, () => this.reload());
    this.unfinished = new Unfinished(app, (answer) => {
      this.replays.begun(answer);
      this.load();
    });
    this.draw = onceAFrame(() => this.render());
    this.reload = settled(() => this.load(), 400, 1500);
    this.build(panel);
  }

  build(panel) {
    const go = (patch) => this.app.route.go({ letter: null, ...patch });
    this.tenant = choice("Tenant", (tenant) => go({ tenant, group: null }));
    this.state = choice("State", (state) => go({ state, group: null }));
    this.causes = h("ol", { class: "causes", "aria-label": "Causes" });
    arrows(this.causes, ".open");
    this.rows = h("ol", { class: "rows letters", "aria-label": "Letters" });
    arrows(this.rows, ".open");
    this.chosen = h("span", { class: "chosen" });
    this.replayButton = button("Replay …", () => replay(this.app, this.meant(), this.replays), "primary");
    this.discardButton = button("Discard …", () => discard(this.app, this.meant(), () => this.done()));
    this.restoreButton = button("Restore …", () => restore(this.app, this.meant(), () => this.done()));
    this.all = h("input", { type: "checkbox", "aria-label": "Select all letters shown", onchange: (event) => this.selection.all(event.target.checked ? this.letters.map((each) => each.id) : []) });
    this.tools = h("div", { class: "tools", role: "group", "aria-label": "Do with letters" }, this.all, this.chosen, this.replayButton, this.discardButton, this.restoreButton);
    this.nothing = h("div", { class: "nothing", hidden: true });
    this.moreButton = h("button", { type: "button", class: "more", hidden: true, onclick: () => this.load({ more: true }) }, "Show more");
    this.panel = new LetterPanel(this.app, this.replays, { close: () => this.close(), changed: () => this.done() });
    panel.append(
      h(
        "div",
        { class: "desk" },
        h(
          "div",
          { class: "column" },
          h("div", { class: "bar" }, h("h2", {}, "Dead letters"), h("div", { class: "filters" }, this.state, this.tenant)),
          this.replays.element,
          this.unfinished.element,
          this.causes,
          this.tools,
          this.rows,
          this.nothing,
          this.moreButton,
        ),
        this.panel.element,
      ),
    );
  }

  /** Which letters the address names, as the API takes it. */
  filter() {
    const { state, tenant, group } = this.app.route.at;
    return { state: state === "all" ? ALL : state || null, tenant: tenant || null, fingerprint: group || null };
  }

  /** What a button is about: the selected letters that are left, else all of the cause or the tenant, else those shown. */
  meant() {
    const ids = this.selection.of(this.letters);
    const { state, tenant, fingerprint } = this.filter();
    if (this.selection.any) return { ids };
    if (!(tenant || fingerprint)) return { ids: this.letters.map((each) => each.id) };
    const listed = (value) => (value ? [value].flat() : null);
    return { filter: { state: listed(state), tenant, fingerprint: listed(fingerprint) } };
  }

  show(at) {
    offer(this.state, STATES, at.state);
    offer(this.tenant, [["", "All tenants"], ...this.app.tenants.map((id) => [id, id])], at.tenant);
    const filter = JSON.stringify(this.filter());
    if (filter !== this.read) this.selection.all([]);
    if (filter !== this.read || this.stale) this.load();
    this.read = filter;
    this.panel.show(at.letter ?? null);
    if (this.panel.holds) this.app.route.go({ letter: this.panel.id }, { typed: true });
    this.draw();
  }

  refresh() {
    this.load();
    this.panel.refresh();
  }

  hear(name, data) {
    if (name === "replay") this.replays.hear(data);
    if (name === "snapshot") this.replays.hearAll(data.replays);
    const counted = name === "letters" ? data : name === "snapshot" ? data.letters : null;
    if (!counted) return;
    this.app.badge("letters", counted.letters);
    if (name === "letters") this.reload();
    if (name === "letters") this.panel.refresh();
  }

  /** Reads causes and letters; when another view is shown, as soon as this one is. */
  async load({ more = false } = {}) {
    this.stale = this.app.view !== this;
    if (this.stale) return;
    const question = ++this.question;
    const { fingerprint, ...wide } = this.filter();
    const wanted = { ...wide, fingerprint, limit: more ? PAGE : Math.min(MOST_AT_ONCE, Math.max(PAGE, this.letters.length)), before: more ? this.next : null };
    const answers = await this.app.ask(() => Promise.all([this.app.api.get("letters/groups", wide), this.app.api.get("letters", wanted), this.app.api.get("letters/replays")]));
    if (!answers || question !== this.question) return;
    this.groups = answers[0].groups;
    this.unfinished.show(answers[2].replays);
    const found = answers[1].letters.map(letter);
    this.letters = more ? [...this.letters, ...found] : found;
    this.next = answers[1].next ?? null;
    this.loaded = true;
    this.draw();
  }

  render() {
    if (this.app.route.at.view !== "letters") return;
    const { group, letter: open } = this.app.route.at;
    const { route } = this.app;
    arrange(this.causes, this.groups.map((each) => ({ ...each, on: each.fingerprint === group })), {
      key: (each) => each.fingerprint,
      make: (each) => makeCause(() => route.go({ letter: null, group: route.at.group === each.fingerprint ? null : each.fingerprint })),
      update: updateCause,
    });
    arrange(this.rows, this.letters.map((each) => ({ ...each, on: each.id === open, selected: this.selection.has(each.id) })), {
      key: (each) => each.id,
      make: (each) => makeLetter(() => route.go({ letter: each.id }), (on) => this.selection.set(each.id, on)),
      update: updateLetter,
    });
    this.renderTools();
    hide(this.moreButton, !this.next);
    hide(this.nothing, this.letters.length > 0 || !this.loaded);
    fill(this.nothing, this.app.route.at.state ? empty("There are no such letters.") : empty("No dead letters.", "What nobody could act on is kept here with the reason, until it is mended or set aside."));
  }

  renderTools() {
    const ids = this.selection.of(this.letters);
    const { state, tenant, group } = this.app.route.at;
    hide(this.tools, this.letters.length === 0);
    this.all.checked = ids.length > 0 && ids.length === this.letters.length;
    this.all.indeterminate = this.selection.any && ids.length < this.letters.length;
    const shown = this.next ? (tenant || group ? "all that match" : `the newest ${this.letters.length}`) : count(this.letters.length, "letter");
    const gone = this.selection.any && !ids.length;
    write(this.chosen, gone ? "What was selected is gone" : this.selection.any ? `${ids.length} selected` : shown);
    hide(this.replayButton, Boolean(state) && state !== "all");
    hide(this.discardButton, Boolean(state) && state !== "all");
    hide(this.restoreButton, state !== "discarded");
    for (const each of [this.replayButton, this.discardButton, this.restoreButton]) each.disabled = gone || !this.app.me.canAct;
  }

  done() {
    this.selection.all([]);
    this.load();
    this.panel.refresh();
  }

  close() {
    if (this.panel.holds) return this.app.toast("Send the edited copy, or cancel it, first.");
    const id = this.app.route.at.letter;
    this.app.route.go({ letter: null });
    this.rows.querySelector(`[data-key="${CSS.escape(id ?? "")}"] .open`)?.focus();
    return undefined;
  }

  escape() {
    if (this.app.route.at.letter && !this.panel.holds) this.close();
  }
}
