// The keyboard in a list: arrow keys go from row to row, Home and End to the ends.

import { next } from "./tabs.js";

/** `selector` finds what takes the focus in each row. */
export function arrows(list, selector) {
  list.addEventListener("keydown", (event) => {
    const stops = [...list.querySelectorAll(selector)];
    const at = stops.indexOf(document.activeElement);
    if (at < 0 || ["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const to = next(event.key, at, stops.length);
    if (to === null) return;
    event.preventDefault();
    stops[to].focus();
  });
}

/** Calls once, after the last call has been so many milliseconds ago, but not later than `atMost`. */
export function settled(call, wait, atMost) {
  let timer = null;
  let first = null;
  return () => {
    first ??= Date.now();
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        first = null;
        call();
      },
      Math.max(0, Math.min(wait, first + atMost - Date.now())),
    );
  };
}

/** Calls once before the next picture, however often it is asked to. */
export function onceAFrame(call) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      call();
    });
  };
}
