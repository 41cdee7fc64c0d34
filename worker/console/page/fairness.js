// The turns of a pool as a bar: a part for each agent, as wide as their share.

import { h, svg } from "./dom.js";
import { count } from "./words.js";

const WIDTH = 300;
const GAP = 2;

export function fairness(pool) {
  const { shares } = pool;
  const total = shares.reduce((sum, share) => sum + share.turns, 0);
  const title = pool.team ?? "Whole tenant";
  return h(
    "article",
    { class: "card pool" },
    h("header", {}, h("h3", {}, title), h("small", {}, pool.tenant)),
    total ? bar(shares, total, `${title} of ${pool.tenant}`) : h("p", { class: "hint" }, "No turns today."),
    h("ul", { class: "legend" }, shares.map((share, at) => h("li", {}, h("i", { class: `tint-${at % 8}`, "aria-hidden": "true" }), share.name, h("b", {}, share.turns)))),
    total ? h("p", { class: "hint" }, verdict(shares)) : null,
  );
}

function bar(shares, total, name) {
  const parts = laidOut(shares, total).map(({ x, width }, at) => svg("rect", { x, y: 0, width, height: 12, rx: 2, class: `tint-${at % 8}` }));
  const text = shares.map((share) => `${share.name} ${share.turns}`).join(", ");
  return svg("svg", { class: "fair", viewBox: `0 0 ${WIDTH} 12`, preserveAspectRatio: "none", role: "img", "aria-label": `Turns in ${name}: ${text}` }, parts);
}

/** Where each part begins and how wide it is, gaps between them. */
export function laidOut(shares, total) {
  const room = WIDTH - GAP * (shares.length - 1);
  let x = 0;
  return shares.map((share) => {
    const width = (room * share.turns) / total;
    const part = { x: round(x), width: round(width) };
    x += width + GAP;
    return part;
  });
}

/** How far apart the turns are. Who came or went meanwhile has had fewer, and that is fair. */
export function verdict(shares) {
  const turns = shares.map((share) => share.turns);
  const apart = Math.max(...turns) - Math.min(...turns);
  if (shares.length < 2) return "One agent has them all.";
  if (apart <= 1) return "Even: nobody is more than one turn ahead.";
  return `${count(apart, "turn")} between the most and the fewest: whoever was away, full or without the skill is passed over.`;
}

function round(number) {
  return Math.round(number * 100) / 100;
}
