// Replays that ended before all their letters had, as when a console died: gone on with, or given up.

import { h, write } from "./dom.js";
import { arrange } from "./keyed.js";
import { button } from "./pieces.js";
import { count, short } from "./words.js";

export class Unfinished {
  /** `begun` is told the answer when one goes on. */
  constructor(app, begun) {
    this.app = app;
    this.begun = begun;
    this.element = h("div", { class: "replays" });
  }

  show(found) {
    arrange(this.element, found, { key: (each) => each.replay, make: (each) => this.make(each), update });
  }

  make({ replay }) {
    const doing = [button("Go on", () => this.resume(replay, false), "primary"), button("Give up", () => this.resume(replay, true))];
    return h(
      "section",
      { class: "card replay", "aria-label": `Unfinished replay ${short(replay)}` },
      h("header", {}, h("h3", {})),
      h("p", { class: "hint" }, "Until then nobody can treat these letters. Given up, nothing more is sent, and those without an outcome are open again."),
      this.app.me.canAct ? h("div", { class: "acts" }, doing) : h("pre", { tabindex: "0" }, h("code", {}, `handover dead-letters replay --resume ${replay}`)),
    );
  }

  async resume(replay, giveUp) {
    if (!(await this.app.mayAct())) return;
    const answer = await this.app.ask(() => this.app.api.post(`letters/replays/${replay}/resume`, { giveUp }));
    if (answer) this.begun(answer);
  }
}

function update(element, each) {
  write(element.querySelector("h3"), `A ${each.action} of ${each.actor} was left unfinished: ${count(each.held, "letter")}`);
}
