// A letter's body to mend, the complaint beside it: first of the JSON, then, asked for, of the worker's own rules.

import { h, write } from "./dom.js";
import { button } from "./pieces.js";
import { outcome } from "./words.js";

export class Editor {
  /** `done` is called with the answer when the copy was sent, with null when the editor was left. */
  constructor(app, letter, text, done) {
    this.app = app;
    this.letter = letter;
    this.text = text;
    this.done = done;
    this.field = h("textarea", { id: "letter-body", spellcheck: "false", autocomplete: "off", wrap: "off", "aria-describedby": "letter-verdict", rows: Math.min(28, Math.max(10, text.split("\n").length + 1)), oninput: () => this.look() });
    this.field.value = text;
    this.verdict = h("p", { id: "letter-verdict", class: "verdict", role: "status" });
    this.send = h("button", { type: "button", class: "primary", onclick: () => this.submit(false) }, "Send the edited copy");
    this.check = h("button", { type: "button", onclick: () => this.submit(true) }, "Dry run");
    this.element = h(
      "section",
      { class: "chapter editor", "aria-label": "Editor" },
      h("h3", {}, h("label", { for: "letter-body" }, "Edit the body")),
      h("p", { class: "hint" }, "A copy is sent under an id of its own; the letter is kept as it came."),
      h("div", { class: "beside" }, this.field, h("div", { class: "complaint" }, h("h4", {}, "What is wrong"), h("p", {}, letter.error), this.verdict)),
      h("div", { class: "acts" }, this.send, this.check, button("Cancel", () => done(null))),
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      if (!this.changed) done(null); // what was written is not lost to one key
    });
    this.look();
  }

  focus() {
    this.field.focus();
    this.field.setSelectionRange(0, 0);
  }

  get changed() {
    return this.field.value !== this.text;
  }

  /** A button that does nothing for now keeps the focus, so that whoever has no mouse stays where they are. */
  allow(may) {
    this.may = may;
    for (const each of [this.send, this.check]) each.setAttribute("aria-disabled", String(!may));
  }

  look() {
    const complaint = unreadable(this.field.value);
    this.say(complaint ?? "It is JSON. A dry run tells whether it is a handover.", complaint ? "bad" : "");
    this.allow(!complaint);
    this.field.setAttribute("aria-invalid", String(Boolean(complaint)));
  }

  say(text, kind) {
    write(this.verdict, text);
    this.verdict.className = `verdict ${kind}`;
  }

  async submit(dryRun) {
    if (!this.may) return undefined;
    this.allow(false);
    try {
      const answer = await this.app.api.post(`letters/${this.letter.id}/edit`, { body: this.field.value, dryRun });
      if (!dryRun) return this.done(answer);
      this.tell(answer);
    } catch (refusal) {
      this.say(refusal.message, "bad");
      this.field.setAttribute("aria-invalid", "true");
    }
    this.allow(!unreadable(this.field.value));
    return undefined;
  }

  tell(answer) {
    const { verdict, detail } = answer.today ?? { verdict: "replay", detail: null };
    const good = verdict === "replay";
    this.say(good ? "It is a handover now, and would be sent." : `It ${outcome(verdict)}${detail ? `: ${detail}` : ""}`, good ? "good" : "bad");
  }
}

/** Why a text is no JSON object, or null when it is one. */
export function unreadable(text) {
  try {
    const read = JSON.parse(text);
    return read !== null && typeof read === "object" && !Array.isArray(read) ? null : "It has to be a JSON object.";
  } catch (error) {
    return `It is no JSON: ${error.message}`;
  }
}
