// A cause, and a letter, as rows.

import { h, write } from "./dom.js";
import { pill } from "./pieces.js";
import { setSince, since } from "./ticking.js";
import { count, short } from "./words.js";

export function makeCause(choose) {
  const details = [pill(""), " ", h("small", { class: "whose" }), h("small", {}, "last ", since(null))];
  return h(
    "li",
    { class: "cause-row" },
    h("b", { class: "total" }),
    h("div", {}, h("button", { type: "button", class: "open", onclick: choose }), h("p", {}, details)),
  );
}

export function updateCause(element, group) {
  const find = (selector) => element.querySelector(selector);
  element.classList.toggle("is-open", group.on);
  write(find(".total"), group.count.toLocaleString());
  write(find(".open"), group.error);
  find(".open").setAttribute("aria-pressed", String(group.on));
  find(".open").setAttribute("aria-label", `${count(group.count, "letter")}: ${group.error}`);
  write(find(".pill"), group.reason);
  write(find(".whose"), group.tenants.join(", "));
  setSince(find("time"), Date.parse(group.last_at), " ago");
}

/** `open()` shows it whole, `select(on)` ticks it. */
export function makeLetter(open, select) {
  return h(
    "li",
    { class: "row letter" },
    h("input", { type: "checkbox", onchange: (event) => select(event.target.checked) }),
    h("div", { class: "who" }, h("button", { type: "button", class: "open", onclick: open }), h("span", { class: "contact" })),
    h("div", { class: "where" }, h("b", {}), h("span", {})),
    h("div", { class: "what" }, pill(""), h("small", {})),
    h("div", { class: "when" }, h("small", {}, "last tried"), since(null)),
  );
}

export function updateLetter(element, each) {
  const find = (selector) => element.querySelector(selector);
  element.classList.toggle("is-open", each.on);
  const name = each.event_id ?? `letter ${short(each.id)}`;
  find("input").checked = each.selected;
  find("input").setAttribute("aria-label", `Select ${name}`);
  write(find(".open"), name);
  write(find(".contact"), each.contact_id ?? "contact unknown");
  write(find(".where b"), each.tenant_id ?? "tenant unknown");
  write(find(".where span"), each.error);
  write(find(".pill"), each.state === "open" ? each.reason : each.state);
  write(find(".what small"), count(each.attempts, "attempt"));
  setSince(find("time"), each.lastAt, " ago");
}
