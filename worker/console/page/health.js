// How it goes: what is handled, how long customers wait for an agent, what lies in queues, what it depends on.

import { fill, h } from "./dom.js";
import { onceAFrame } from "./listing.js";
import { empty, pill } from "./pieces.js";
import { spark } from "./spark.js";
import { since } from "./ticking.js";
import { duration, span } from "./times.js";
import { instant } from "./wire.js";
import { count } from "./words.js";

const LEAST_MINUTES = 10;
const NAMES = { postgresql: "PostgreSQL", rabbitmq: "RabbitMQ" };

export class Health {
  constructor(app, panel) {
    this.app = app;
    this.found = null;
    this.draw = onceAFrame(() => this.render());
    this.cards = h("div", { class: "cards" });
    panel.append(h("div", { class: "bar" }, h("h2", {}, "Health")), this.cards);
  }

  show() {
    if (!this.found) this.load();
    this.draw();
  }

  refresh() {
    this.found = null;
    if (this.app.view === this) this.load();
  }

  hear(name, data) {
    if (name !== "health") return;
    this.found = { ...this.found, ...data };
    this.draw();
  }

  async load() {
    const found = await this.app.ask(() => this.app.api.get("health"));
    if (!found) return;
    this.found = { ...this.found, ...found };
    this.draw();
  }

  render() {
    const found = this.found;
    if (!found || this.app.route.at.view !== "health") return;
    fill(this.cards, throughput(found.throughput ?? []), timeToAssign(found.timeToAssign ?? []), queues(found.queues ?? {}), outbox(found.outbox), dependencies(found.dependencies ?? {}, found.troubles ?? {}), workers(found.workers ?? []));
  }
}

function card(title, ...content) {
  return h("section", { class: "card" }, h("h3", {}, title), ...content);
}

function wide(title, ...content) {
  return h("section", { class: "card wide" }, h("h3", {}, title), ...content);
}

/** What there is to draw: from the first minute in which anything happened, ten minutes at least. */
export function drawn(series, happened) {
  const first = series.findIndex(happened);
  const from = first < 0 ? series.length - LEAST_MINUTES : Math.min(first, series.length - LEAST_MINUTES);
  return series.slice(Math.max(0, from));
}

function axis(series, ...key) {
  const ago = series.length ? `${series.length} min ago` : "";
  return h("p", { class: "axis" }, h("span", {}, ago), h("span", { class: "key" }, key.length ? key : "now"));
}

function throughput(all) {
  const whole = all.length > 1 ? all.slice(0, -1) : all; // the last minute is not over
  const series = drawn(whole, (each) => each.handled > 0);
  const values = series.map((each) => each.handled);
  const last = values.at(-1) ?? 0;
  const hour = all.reduce((sum, each) => sum + each.handled, 0);
  return wide(
    "Handovers a minute",
    h("p", { class: "big" }, last.toLocaleString(), h("small", {}, `${count(hour, "handover")} in the last hour`)),
    spark([{ values, kind: "filled" }], `Handovers a minute for the last hour; the most in one minute ${Math.max(0, ...values)}`),
    axis(series),
  );
}

function timeToAssign(all) {
  const series = drawn(all, (each) => each.p50 !== null);
  const [p50, p95] = ["p50", "p95"].map((name) => series.map((each) => each[name] ?? null));
  const newest = (values) => span(values.findLast((value) => value !== null));
  return wide(
    "Time to assign",
    h("p", { class: "big" }, newest(p50), h("small", {}, `half of them; ${newest(p95)} or less for 95 of 100`)),
    spark(
      [
        { values: p95, kind: "second" },
        { values: p50, kind: "first" },
      ],
      `Time to assign for the last hour: half within ${newest(p50)}, 95 of 100 within ${newest(p95)} at last`,
    ),
    axis(series, h("i", { class: "first" }), "half", h("i", { class: "second" }), "95 of 100"),
  );
}

function queues(depths) {
  const names = Object.entries(depths);
  return card(
    "Queues",
    names.length
      ? h("ul", { class: "figures" }, names.map(([name, depth]) => h("li", {}, h("code", {}, name), h("b", { class: depth?.messages ? "some" : "" }, depth ? depth.messages.toLocaleString() : "–"))))
      : h("p", { class: "hint" }, "Nothing is known of them while RabbitMQ is away."),
  );
}

function outbox(found) {
  if (!found) return card("Outbox", h("p", { class: "hint" }, "Nothing is known of it while PostgreSQL is away."));
  const depth = found.depth ?? 0;
  const age = found.ageSeconds;
  return card(
    "Outbox",
    h("p", { class: "big" }, depth.toLocaleString(), h("small", {}, depth && age !== null ? `events; the oldest waits for ${duration(age)}` : "events wait to be published")),
  );
}

function dependencies(found, troubles) {
  return card(
    "Depends on",
    h(
      "ul",
      { class: "figures" },
      Object.entries(found).map(([name, state]) => h("li", {}, NAMES[name] ?? name, pill(state === "up" ? "up" : "away", state === "up" ? "good" : "bad"))),
    ),
    Object.values(troubles).map((trouble) => h("p", { class: "error" }, trouble)),
    h("p", { class: "hint" }, "While one is away the workers wait for it; nothing is lost."),
  );
}

function workers(found) {
  if (!found.length) return card("Workers", empty("No worker is running.", "Handovers stay in the queue until one is:", "handover worker"));
  return card(
    `Workers (${found.length})`,
    h("ul", { class: "figures" }, found.map((worker) => h("li", {}, h("code", {}, worker.name), worker.since ? h("span", {}, "for ", since(instant(worker.since))) : null))),
  );
}
