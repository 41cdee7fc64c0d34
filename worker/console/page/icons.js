// Small drawings in the colour of the text around them; they say nothing a screen reader should.

import { svg } from "./dom.js";

const PATHS = {
  inbox: "M3 13h5l1.5 3h5L16 13h5M3 13l3-8h12l3 8v6H3z",
  agents: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-6 7-6s7 2 7 6M16 3.5a4 4 0 0 1 0 7.5M18 15.5c2.5.7 4 2.5 4 5.5",
  letters: "M3 6h18v13H3zM3 7l9 7 9-7",
  health: "M2 12h5l3-8 4 16 3-8h5",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  close: "M5 5l14 14M19 5L5 19",
  find: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
  check: "M4 12.5l5.5 5.5L20 6.5",
  key: "M8 17a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM13 12h9M18 12v4",
};

export function icon(name) {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] }),
  );
}
