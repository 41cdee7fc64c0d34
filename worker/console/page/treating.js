// Replay, discard, restore: each shows by a dry run what it would do, and does it when told to.

import { h } from "./dom.js";
import { dialog } from "./asking.js";
import { pill } from "./pieces.js";
import { count, outcome } from "./words.js";

/** `meant` is `{ids}` or `{filter}`. What becomes of the letters is then on the screen as it happens. */
export async function replay(app, meant, replays) {
  if (!(await app.mayAct())) return false;
  const plan = await app.ask(() => app.api.post("letters/replay", { ...meant, dryRun: true }));
  if (!plan) return false;
  const sent = plan.groups.reduce((sum, group) => sum + group.sent, 0);
  if (!sent) return dialog({ title: "Nothing would be sent", body: planned(plan) });
  return dialog({
    title: `Send ${count(sent, "letter")} again?`,
    verb: `Send ${sent}`,
    body: planned(plan),
    submit: async () => replays.begun(await app.api.post("letters/replay", { ...agreed(meant, plan), dryRun: false })),
  });
}

/** What was meant when it was foreseen: letters that came after that were not. */
function agreed({ ids, filter }, { until }) {
  return filter ? { filter: { ...filter, until } } : { ids };
}

function planned(plan) {
  return h(
    "ul",
    { class: "plan" },
    plan.groups.map((group) =>
      h(
        "li",
        {},
        h("p", {}, h("b", {}, `${group.sent} of ${group.count}`), " ", pill(group.reason), " ", group.error),
        group.detail && group.detail !== group.error ? h("p", { class: "hint" }, group.detail) : null,
        h("p", { class: "hint" }, held(group.would)),
      ),
    ),
  );
}

function held(would) {
  return Object.entries(would)
    .filter(([name, number]) => number && name !== "replay")
    .map(([name, number]) => `${number} ${outcome(name)}`)
    .join(", ");
}

export function discard(app, meant, done) {
  return setAside(app, meant, done, { path: "letters/discard", title: "Discard", verb: "Discard", past: "Discarded", kind: "danger", note: "They are kept, and can be restored." });
}

export function restore(app, meant, done) {
  return setAside(app, meant, done, { path: "letters/restore", title: "Restore", verb: "Restore", past: "Restored", kind: "primary", note: "They are open again then." });
}

async function setAside(app, meant, done, { path, title, verb, past, kind, note }) {
  if (!(await app.mayAct())) return;
  const foreseen = await app.ask(() => app.api.post(path, { ...meant, dryRun: true }));
  if (!foreseen) return;
  const letters = count(foreseen.letters, "letter");
  if (!foreseen.letters) return app.toast(`There is nothing to ${verb.toLowerCase()}.`);
  let moved = null;
  const acted = await dialog({
    title: `${title} ${letters}?`,
    verb: `${verb} ${foreseen.letters}`,
    kind,
    body: h("p", {}, note),
    submit: async () => {
      moved = await app.api.post(path, { ...agreed(meant, foreseen), dryRun: false });
    },
  });
  if (!acted) return;
  app.toast(`${past} ${count(moved.letters, "letter")}.`, "good");
  done();
}
