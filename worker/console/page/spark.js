// Sparklines: a line, or two, of what was measured, oldest on the left.

import { svg } from "./dom.js";

const WIDTH = 320;
const HEIGHT = 72;
const EDGE = 3;

/** `lines` are `{values, kind}`; a value that is null breaks the line. `label` says in words what it shows. */
export function spark(lines, label) {
  const top = Math.max(1e-9, ...lines.flatMap((line) => line.values).filter((value) => value !== null));
  return svg(
    "svg",
    { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    svg("line", { class: "zero", x1: 0, x2: WIDTH, y1: HEIGHT - EDGE, y2: HEIGHT - EDGE }),
    lines.flatMap(({ values, kind }) => [
      kind === "filled" ? svg("path", { class: "area", d: area(values, top) }) : null,
      svg("path", { class: `line ${kind}`, d: path(values, top), "vector-effect": "non-scaling-stroke" }),
    ]),
  );
}

/** The line as an SVG path. */
export function path(values, top) {
  let drawing = false;
  return values
    .map((value, at) => {
      if (value === null) drawing = false;
      if (value === null) return "";
      const step = `${drawing ? "L" : "M"}${x(at, values.length)} ${y(value, top)}`;
      drawing = true;
      return step;
    })
    .join("");
}

function area(values, top) {
  if (!values.length) return "";
  const whole = values.map((value) => value ?? 0);
  return `${path(whole, top)}L${x(whole.length - 1, whole.length)} ${HEIGHT - EDGE}L0 ${HEIGHT - EDGE}Z`;
}

function x(at, count) {
  return count < 2 ? 0 : Math.round((at * WIDTH * 10) / (count - 1)) / 10;
}

function y(value, top) {
  return Math.round((HEIGHT - EDGE - (value / top) * (HEIGHT - 2 * EDGE)) * 10) / 10;
}
