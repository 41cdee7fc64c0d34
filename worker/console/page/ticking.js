// Times that go on by themselves: one timer for all of them, and only texts that changed are written.

import { h, write } from "./dom.js";
import { clock, duration, now } from "./times.js";

/** How long ago it was, ticking; null shows a dash. `after` is what stands behind it, such as ` ago`. */
export function since(at, attributes = {}) {
  const element = h("time", attributes);
  setSince(element, at);
  return element;
}

export function setSince(element, at, after = "") {
  element.dataset.after = after;
  if (at === null) {
    delete element.dataset.since;
    element.removeAttribute("datetime");
    element.removeAttribute("title");
    return write(element, "–");
  }
  element.dataset.since = at;
  element.dateTime = new Date(at).toISOString();
  element.title = clock(at);
  return tick(element, now());
}

function tick(element, at) {
  return write(element, duration((at - Number(element.dataset.since)) / 1000) + element.dataset.after);
}

/** A moment that stays: the time of day, the whole instant in its title. */
export function moment(at) {
  if (at === null) return h("span", {}, "–");
  return h("time", { datetime: new Date(at).toISOString(), title: new Date(at).toUTCString() }, clock(at));
}

export function startTicking() {
  setInterval(() => {
    if (document.hidden) return;
    const at = now();
    for (const element of document.querySelectorAll("time[data-since]")) tick(element, at);
  }, 1000);
}
