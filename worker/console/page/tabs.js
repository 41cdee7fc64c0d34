// Tabs by the pattern screen readers know: one is in the tab order, arrow keys go to the others.

import { h } from "./dom.js";

/** Makes buttons in `list`; `tabs` are `{id, label, panel, parts}`. Gives a function that marks one as selected. */
export function tabs(list, items, choose) {
  const buttons = items.map((item) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${item.id}`,
        "aria-controls": item.panel,
        "aria-label": item.name ?? null,
        onclick: () => choose(item.id),
      },
      item.parts ?? item.label,
    ),
  );
  list.replaceChildren(...buttons);
  list.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(event.target.closest("[role=tab]"));
    const to = next(event.key, at, buttons.length);
    if (at < 0 || to === null) return;
    event.preventDefault();
    buttons[to].focus();
    choose(items[to].id);
  });
  return (id) => {
    for (const [at, item] of items.entries()) {
      buttons[at].setAttribute("aria-selected", String(item.id === id));
      buttons[at].tabIndex = item.id === id ? 0 : -1;
    }
  };
}

/** Where a key leads from one of so many, or null. */
export function next(key, at, count) {
  const steps = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: count - 1 };
  return key in steps ? (steps[key] + count) % count : null;
}
