// Small pieces that several views show.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { initials } from "./words.js";

/** An agent's name beside the letters that stand for it. */
export function person(name) {
  return h("span", { class: "person" }, h("i", { "aria-hidden": "true" }, initials(name)), h("span", {}, name));
}

export const pill = (text, kind = "") => h("span", { class: `pill ${kind}` }, text);

/** What a view shows when there is nothing: what that means, and what to do next. */
export function empty(title, advice = null, command = null) {
  return h(
    "div",
    { class: "empty" },
    h("p", { class: "empty-title" }, title),
    advice ? h("p", {}, advice) : null,
    command ? h("pre", { tabindex: "0", "aria-label": "Command" }, h("code", {}, command)) : null,
  );
}

/** Names and values. */
export function facts(pairs) {
  return h(
    "dl",
    { class: "facts" },
    pairs
      .filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

/** A choice of one; `choices` are `[value, text]`. Its label is for those who do not see it. */
export function choice(label, changed) {
  return h("select", { "aria-label": label, class: "choice", onchange: (event) => changed(event.target.value) });
}

export function offer(select, choices, chosen) {
  const same =
    select.options.length === choices.length &&
    choices.every(([value, text], at) => select.options[at].value === value && select.options[at].text === text);
  if (!same) select.replaceChildren(...choices.map(([value, text]) => h("option", { value }, text)));
  select.value = chosen ?? "";
  select.classList.toggle("chosen", Boolean(chosen));
}

export function button(text, onclick, kind = "") {
  return h("button", { type: "button", class: kind, onclick }, text);
}

/** A panel's head: what it is about, and the way out. */
export function head(title, close) {
  return h(
    "header",
    { class: "panel-head" },
    h("h2", { tabindex: "-1" }, title),
    h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: close }, icon("close")),
  );
}
