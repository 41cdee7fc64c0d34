// A panel that is filled anew as its subject changes, without moving whoever reads or works in it.

import { fill } from "./dom.js";

/** Fills the panel; what had the focus has it again, if there is still something of that kind and name. */
export function redraw(panel, parts) {
  const held = panel.contains(document.activeElement) ? document.activeElement : null;
  const { scrollTop } = panel;
  fill(panel, ...parts);
  panel.scrollTop = scrollTop;
  if (!held || held.isConnected) return;
  const like = held.tagName === "H2" ? panel.querySelector("h2") : alike(panel, held);
  (like ?? panel.querySelector("h2"))?.focus({ preventScroll: true });
}

function alike(panel, held) {
  const name = (element) => element.getAttribute("aria-label") ?? element.textContent;
  return [...panel.querySelectorAll(held.tagName)].find((element) => name(element) === name(held));
}
