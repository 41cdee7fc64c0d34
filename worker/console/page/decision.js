// One decision of a story: what came, who got it, who was passed over and why, the event that told of it.

import { h } from "./dom.js";
import { pill } from "./pieces.js";
import { moment } from "./ticking.js";
import { instant } from "./wire.js";
import { because, count, short, waits } from "./words.js";

const TITLES = { waiting: "Waits", released: "Released", resolved: "Resolved", deleted: "Deleted" };

export function decision(each, announced) {
  return h(
    "li",
    { "data-what": each.what },
    h("p", { class: "decided" }, title(each), " ", h("small", {}, moment(instant(each.decided_at)))),
    h("p", { class: "cause" }, cause(each)),
    considered(each),
    passedOver(each),
    h(
      "p",
      { class: "event" },
      h("code", {}, `session.${each.what}.v1`),
      ` version ${each.version} of ${short(each.session_id)}`,
      announced ? null : [" ", pill("not yet announced", "waiting")],
    ),
  );
}

function title(each) {
  const who = each.agent_name ?? (each.agent_id ? `agent ${short(each.agent_id)}` : null);
  return h("b", {}, each.what === "assigned" ? `Assigned to ${who}` : (TITLES[each.what] ?? each.what));
}

function cause(each) {
  const had = each.previous_agent_name ?? (each.previous_agent_id ? `agent ${short(each.previous_agent_id)}` : null);
  const left = had && each.previous_agent_id !== each.agent_id ? `, before it was ${had}'s` : "";
  const by = each.actor ? `by ${each.actor}` : each.event_id ? `handover ${each.event_id}` : "";
  return [each.what === "waiting" ? waits(each.reason) : because(each.reason), by].filter(Boolean).join(" · ") + left;
}

function considered(each) {
  if (each.actor) return null;
  const pool = each.team_id ? `team ${each.team_name ?? short(each.team_id)}` : "the tenant's whole pool";
  const fallback = each.team_fallback ? `, as ${each.requested_team_id} is ${each.team_fallback}` : "";
  const skills = each.skills?.length ? `, asked for ${each.skills.join(", ")}` : "";
  return h("p", { class: "considered" }, `${count(each.considered, "agent")} considered of ${pool}${fallback}${skills}`);
}

function passedOver(each) {
  if (!each.passed_over.length) return null;
  return h(
    "ul",
    { class: "passed-over", "aria-label": "Passed over" },
    each.passed_over.map((rule) => {
      const names = rule.agents.map((agent) => agent.name ?? `agent ${short(agent.id)}`).join(", ");
      const more = rule.more ? ` and ${rule.more} more` : "";
      return h("li", {}, h("b", {}, `${names}${more}`), ` ${rule.why}`);
    }),
  );
}
