// A session as a row of the inbox: who waits or was given to whom, where, for how long.

import { h, hide, write } from "./dom.js";
import { icon } from "./icons.js";
import { setSince, since } from "./ticking.js";
import { because, initials, waits } from "./words.js";

/** `open(id)` shows the story, `reveal(id)` asks for the contact's whole id, `fresh(row)` is whether it just came. */
export function makeRow(row, { open, reveal, fresh }) {
  return h(
    "li",
    { class: fresh(row) ? "row fresh" : "row" },
    h("i", { class: "mark", "aria-hidden": "true" }),
    h(
      "div",
      { class: "who" },
      h("button", { type: "button", class: "open", "aria-describedby": `whom-${row.id} where-${row.id}`, onclick: () => open(row.id) }),
      h(
        "span",
        { class: "contact" },
        h("span", { class: "number" }),
        h("button", { type: "button", class: "icon-button reveal", onclick: () => reveal(row.id) }, icon("eye")),
      ),
    ),
    h("div", { class: "where", id: `where-${row.id}` }, h("b", {}), h("span", {})),
    h("div", { class: "whom", id: `whom-${row.id}` }, h("i", { "aria-hidden": "true" }), h("span", { class: "agent" }), h("small", {})),
    h("div", { class: "when" }, h("small", {}), since(null)),
  );
}

export function updateRow(element, row, revealed) {
  const find = (selector) => element.querySelector(selector);
  element.dataset.status = row.status;
  element.dataset.session = row.id;
  const name = row.name || "No name";
  write(find(".open"), name);
  find(".open").classList.toggle("nameless", !row.name);
  write(find(".number"), revealed ?? row.contact);
  find(".reveal").setAttribute("aria-label", `Reveal the contact id of ${name}`);
  hide(find(".reveal"), revealed !== undefined);
  write(find(".where b"), row.tenant);
  write(find(".where span"), [row.teamName, row.channel, row.priority ? `priority ${row.priority}` : null].filter(Boolean).join(" · "));
  whom(find(".whom"), row);
  const [label, at, after] = clockOf(row);
  write(find(".when small"), label);
  setSince(find(".when time"), at, after);
}

function whom(element, row) {
  const [letters, agent, small] = element.children;
  hide(letters, !row.agentId);
  write(letters, row.agentId ? initials(row.agentName) : "");
  write(agent, row.agentId ? (row.agentName ?? "an agent who left") : waits(row.reason));
  write(small, row.agentId ? assignment(row) : "");
}

function assignment(row) {
  if (row.status === "resolved") return "";
  return [because(row.reason), row.acceptedAt ? "accepted" : null].filter(Boolean).join(" · ");
}

/** Which time matters: how long it has waited, how long the agent has it, when it was closed. */
export function clockOf(row) {
  if (row.status === "unassigned") return ["waiting for", row.waitingSince ?? row.createdAt];
  if (row.status === "assigned") return ["assigned for", row.assignedAt ?? row.updatedAt];
  return ["resolved", row.updatedAt, " ago"];
}
