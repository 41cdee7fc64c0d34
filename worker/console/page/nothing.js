// An empty tab of the inbox: what that means, and what to do next.

import { h } from "./dom.js";
import { parameters } from "./filter.js";
import { button, empty } from "./pieces.js";

const HAND_OVER = "handover publish --tenant acme --contact '+254 745 050 238' --name Wanjiku";
const ADD = "handover agents add --tenant acme --name Amina --status online";

/** Says it in `place`, unless that is what it says already. */
export function nothing(app, tab, place) {
  const [what, ...words] = meaning(app, tab);
  if (place.dataset.what === what) return;
  place.dataset.what = what;
  place.replaceChildren(what === `${tab} filtered` ? filtered(app, tab) : empty(...words));
}

function meaning(app, tab) {
  const agents = [...app.agents.values()];
  if (Object.values(parameters(app.route.at)).some(Boolean)) return [`${tab} filtered`];
  if (tab === "unassigned") return [tab, "Nobody is waiting.", "A handover that nobody can take shows here the moment it comes."];
  if (tab === "resolved") return [tab, "Nothing is resolved yet.", "Sessions come here when the inbox, or an operator, closes them."];
  if (!agents.length) return ["no agents", "No agents yet.", "Handovers wait until there is somebody to take them:", ADD];
  if (!agents.some((agent) => agent.status === "online"))
    return ["none online", "Nobody is online.", "Bring an agent online, and what waits is given out at once:", `handover agents set ${agents[0].id} --status online`];
  return [tab, "Nothing is assigned.", "Hand somebody over to see it here:", HAND_OVER];
}

function filtered(app, tab) {
  const clear = () => app.route.go({ tenant: null, team: null, agent: null, find: null });
  return h(
    "div",
    { class: "empty" },
    h("p", { class: "empty-title" }, `Nothing ${tab} matches the filters.`),
    button("Clear the filters", clear),
  );
}
