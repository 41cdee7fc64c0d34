// The filters above a list: tenant, team, agent, and what is typed.

import { h, hide } from "./dom.js";
import { icon } from "./icons.js";
import { settled } from "./listing.js";
import { choice, offer } from "./pieces.js";

export class Filters {
  /** `changed(patch, how)` is told what was chosen; `how.typed` if it is still being typed. */
  constructor(app, changed) {
    this.app = app;
    this.tenant = choice("Tenant", (tenant) => changed({ tenant, team: null, agent: null }));
    this.team = choice("Team", (team) => changed({ team }));
    this.agent = choice("Agent: the tab as they see it", (agent) => changed({ agent }));
    this.order = choice("Order", (order) => changed({ order }));
    this.find = h("input", { type: "search", placeholder: "Name or contact", "aria-label": "Find by contact or name", autocomplete: "off", spellcheck: "false", "aria-keyshortcuts": "/" });
    const typed = settled(() => changed({ find: this.find.value.trim() }, { typed: true }), 250, 2000);
    this.find.addEventListener("input", typed);
    this.element = h(
      "div",
      { class: "filters", role: "group", "aria-label": "Filter" },
      h("label", { class: "find" }, icon("find"), this.find, h("kbd", { "aria-hidden": "true" }, "/")),
      this.tenant,
      this.team,
      this.agent,
      this.order,
    );
  }

  /** `waiting` is whether those that wait are listed: they alone have an order to choose. */
  show(at, { waiting }) {
    hide(this.order, !waiting);
    offer(this.order, [["", "Newest first"], ["oldest", "Longest wait first"]], at.order);
    const { tenants, teams, agents } = this.app;
    const of = (each) => !at.tenant || each.tenant === at.tenant;
    const named = (each) => (at.tenant ? each.name : `${each.name} (${each.tenant})`);
    const choices = (all) => all.filter(of).map((each) => [each.id, named(each)]);
    offer(this.tenant, [["", "All tenants"], ...tenants.map((id) => [id, id])], at.tenant);
    offer(this.team, [["", "All teams"], ...choices(teams)], at.team);
    offer(this.agent, [["", "All agents"], ...choices([...agents.values()])], at.agent);
    if (document.activeElement !== this.find) this.find.value = at.find ?? "";
  }

  focus() {
    this.find.focus();
    this.find.select();
  }
}
