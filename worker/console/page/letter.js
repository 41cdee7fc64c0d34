// One dead letter: what was wrong, its body, what a replay would do now, what was done with it; and its editor.

import { h } from "./dom.js";
import { Editor } from "./editor.js";
import { redraw } from "./panel.js";
import { facts, head, pill } from "./pieces.js";
import { discard, replay, restore } from "./treating.js";
import { moment } from "./ticking.js";
import { instant } from "./wire.js";
import { outcome } from "./words.js";

const DOTS = "•••";

export class LetterPanel {
  constructor(app, replays, { close, changed }) {
    this.app = app;
    this.replays = replays;
    this.close = close;
    this.changed = changed;
    this.id = null;
    this.letter = null;
    this.editor = null;
    this.whole = false;
    this.element = h("aside", { class: "panel", "aria-label": "Dead letter", hidden: true });
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.editor) close();
    });
  }

  /** Whether there is something written that has not been sent: nothing but the editor itself ends it then. */
  get holds() {
    return Boolean(this.editor?.changed);
  }

  show(id) {
    if (id === this.id || this.holds) return;
    Object.assign(this, { id, letter: null, editor: null, whole: false });
    this.element.hidden = id === null;
    if (id === null) return;
    this.draw();
    this.element.querySelector("h2").focus({ preventScroll: true });
    this.load();
  }

  refresh() {
    if (this.id && !this.editor) this.load();
  }

  async load() {
    const { id } = this;
    const found = await this.app.ask(() => this.app.api.get(`letters/${id}`, { reveal: this.whole ? 1 : null }));
    if (!found || id !== this.id) return null;
    this.letter = found;
    if (!this.editor) this.draw();
    return found;
  }

  draw() {
    if (!this.id) return;
    redraw(this.element, this.parts());
  }

  parts() {
    const { letter } = this;
    if (!letter) return [head("Reading the letter", this.close), h("p", { class: "reading-note" }, "One moment …")];
    return [
      head(letter.event_id ?? "A letter without an id", this.close),
      h("div", { class: "lead" }, h("p", { class: "sentence bad" }, letter.error), this.facts(letter)),
      this.acts(letter),
      this.editor ? this.editor.element : section("Body", this.body(letter)),
      section("A replay now", h("p", {}, pill(outcome(letter.today.verdict), letter.today.verdict === "replay" ? "good" : "bad"), " ", letter.today.detail ?? "")),
      section("History", history(letter.history)),
      section("How it travelled", h("pre", { tabindex: "0" }, JSON.stringify(letter.properties, null, 2))),
    ];
  }

  facts(letter) {
    return facts([
      ["State", pill(letter.state)],
      ["Reason", pill(letter.reason, "bad")],
      ["Tenant", letter.tenant_id],
      ["Contact", letter.contact_id],
      ["Attempts", letter.attempts],
      ["First", moment(instant(letter.first_at))],
      ["Last", moment(instant(letter.last_at))],
      ["Queue", letter.queue],
      ["Routing key", letter.routing_key],
      ["Superseded by", letter.superseded_by],
      ["Letter", h("code", {}, letter.id)],
    ]);
  }

  acts(letter) {
    if (!this.app.me.canAct) return h("p", { class: "hint acts" }, "Read-only: start the console with HANDOVER_CONSOLE_TOKEN to act from here.");
    if (this.editor) return null;
    const meant = { ids: [letter.id] };
    const act = (text, onclick, kind = "") => h("button", { type: "button", class: kind, onclick }, text);
    const open = letter.state === "open";
    return h(
      "div",
      { class: "acts", role: "group", "aria-label": "Do with the letter" },
      open ? act("Edit", () => this.edit(), "primary") : null,
      open ? act("Replay …", () => replay(this.app, meant, this.replays)) : null,
      open ? act("Discard …", () => discard(this.app, meant, this.changed), "danger-quiet") : null,
      letter.state === "discarded" ? act("Restore …", () => restore(this.app, meant, this.changed), "primary") : null,
    );
  }

  body(letter) {
    const hidden = !this.whole && JSON.stringify(letter).includes(DOTS);
    const show = hidden && h("button", { type: "button", class: "link-button", onclick: () => this.reveal() }, "Reveal");
    return h("div", {}, h("pre", { tabindex: "0", class: "body" }, pretty(letter.body)), show);
  }

  async reveal() {
    if (!this.app.me.canReveal && !(await this.app.mayAct())) return null;
    this.whole = true;
    return this.load();
  }

  async edit() {
    if (!(await this.app.mayAct())) return;
    const letter = await this.reveal();
    if (!letter) return;
    this.editor = new Editor(this.app, letter, pretty(letter.body), (answer) => this.edited(answer));
    this.draw();
    this.editor.focus();
  }

  edited(answer) {
    this.editor = null;
    if (answer) this.replays.begun(answer);
    this.draw();
    this.load();
    this.element.querySelector("h2").focus();
  }
}

/** A body to read: JSON on many lines, text as it is, bytes in base64. */
export function pretty(body) {
  return body.encoding === "json" ? JSON.stringify(body.content, null, 2) : String(body.content);
}

function section(title, content) {
  return h("section", { class: "chapter" }, h("h3", {}, title), content);
}

function history(past) {
  if (!past.length) return h("p", {}, "Nothing was done with it.");
  return h(
    "ol",
    { class: "timeline" },
    past.map((each) => h("li", {}, h("p", { class: "decided" }, h("b", {}, `${each.action} by ${each.actor}`), " ", h("small", {}, moment(instant(each.at)))), h("p", { class: "cause" }, [outcome(each.outcome), each.detail].filter(Boolean).join(": ")))),
  );
}
