// Replays under way: how far each is, and what became of its letters.

import { h, hide, write } from "./dom.js";
import { icon } from "./icons.js";
import { arrange } from "./keyed.js";
import { onceAFrame } from "./listing.js";
import { pill } from "./pieces.js";
import { outcome } from "./words.js";

const SHOWN = 50;
const GOOD = new Set(["replayed", "handled"]);

export class Replays {
  /** `changed` is called when a replay has come to its end. */
  constructor(app, changed) {
    this.app = app;
    this.changed = changed;
    this.runs = new Map();
    this.element = h("div", { class: "replays" });
    this.draw = onceAFrame(() => this.render());
  }

  /** A replay was ordered from this page: it is shown from now on, also before it is heard of. */
  begun({ replay, total = 1 }) {
    this.runs.set(replay, this.runs.get(replay) ?? progress(undefined, { replay, total }));
    this.draw();
  }

  /** What a snapshot tells: those under way, and of those that ended the ones this page has seen begin. */
  hearAll(runs) {
    for (const news of runs) if (news.state === "running" || this.runs.has(news.replay)) this.hear(news);
  }

  hear(news) {
    const before = this.runs.get(news.replay);
    const run = progress(before, news);
    this.runs.set(news.replay, run);
    if (run.state !== "running" && before?.state !== run.state) {
      this.app.say(`Replay ${run.state}: ${summary(run)}`);
      this.changed();
    }
    this.draw();
  }

  render() {
    arrange(this.element, [...this.runs.values()], {
      key: (run) => run.id,
      make: (run) => this.make(run),
      update,
    });
  }

  make(run) {
    const forget = () => {
      this.runs.delete(run.id);
      this.draw();
    };
    return h(
      "section",
      { class: "card replay", "aria-label": "Replay" },
      h("header", {}, h("h3", {}), h("button", { type: "button", class: "icon-button", "aria-label": "Put away", onclick: forget }, icon("close"))),
      h("progress", { "aria-label": "Letters settled" }),
      h("p", { class: "tally" }),
      h("ul", { class: "plain outcomes" }),
    );
  }
}

/** What is known of a replay, with the news. Pure. */
export function progress(run, news) {
  const letters = [...(run?.letters ?? []), ...(news.letters ?? [])].slice(-SHOWN);
  return {
    id: news.replay,
    total: news.total ?? run?.total ?? 0,
    settled: news.settled ?? run?.settled ?? 0,
    outcomes: news.outcomes ?? run?.outcomes ?? {},
    letters,
    state: news.state ?? run?.state ?? "running",
    stoppedBy: news.stoppedBy ?? run?.stoppedBy ?? null,
  };
}

export function summary(run) {
  const told = Object.entries(run.outcomes).filter(([, number]) => number);
  return told.map(([name, number]) => `${number} ${outcome(name)}`).join(", ") || "nothing heard yet";
}

const TITLES = { running: "Replaying", done: "Replayed", stopped: "Replay stopped", failed: "Replay failed" };

function update(element, run) {
  const find = (selector) => element.querySelector(selector);
  element.dataset.state = run.state;
  write(find("h3"), `${TITLES[run.state] ?? run.state}: ${run.settled} of ${run.total}`);
  find("progress").max = run.total || 1;
  find("progress").value = run.settled;
  write(find(".tally"), run.stoppedBy ? `${summary(run)}; stopped by ${run.stoppedBy}` : summary(run));
  const failures = run.letters.filter((each) => !GOOD.has(each.outcome));
  hide(find(".outcomes"), failures.length === 0);
  find(".outcomes").replaceChildren(...failures.map((each) => h("li", {}, pill(outcome(each.outcome), "bad"), ` ${each.event_id ?? each.letter_id} `, h("span", {}, each.detail ?? ""))));
}
