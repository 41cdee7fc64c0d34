// Puts the page together: the views, the way to the server, what they share.

import { Agents } from "./agents.js";
import { Api, Refused } from "./api.js";
import { signIn } from "./asking.js";
import { h, write } from "./dom.js";
import { Health } from "./health.js";
import { icon } from "./icons.js";
import { Inbox } from "./inbox.js";
import { Letters } from "./letters.js";
import { settled } from "./listing.js";
import { Link } from "./link.js";
import { Live } from "./live.js";
import { Route, VIEWS } from "./route.js";
import { tabs } from "./tabs.js";
import { startTicking } from "./ticking.js";
import { setClock } from "./times.js";
import { agent, pool } from "./wire.js";

const NARROW = matchMedia("(max-width: 1099px)");
const TITLES = { inbox: "Inbox", agents: "Agents", letters: "Dead letters", health: "Health" };

class Console {
  constructor() {
    this.api = new Api();
    this.me = { acting: false, name: null, canAct: false };
    this.tenants = [];
    this.teams = [];
    this.agents = new Map();
    this.pools = [];
    this.agentsRead = false;
    this.refreshSoon = settled(() => this.refresh(), 300, 1500);
    this.route = new Route(() => this.show());
    this.link = new Link(this);
    this.panels = this.build();
    this.views = {
      inbox: new Inbox(this, this.panels.inbox),
      agents: new Agents(this, this.panels.agents),
      letters: new Letters(this, this.panels.letters),
      health: new Health(this, this.panels.health),
    };
    document.addEventListener("keydown", (event) => this.key(event));
    NARROW.addEventListener("change", () => this.cover());
    document.getElementById("account").addEventListener("click", () => this.account());
    document.getElementById("skip").addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById("main").focus();
    });
  }

  build() {
    const parts = (id) => [icon(id), h("span", {}, TITLES[id]), h("b", { class: "badge", id: `badge-${id}`, hidden: true })];
    this.select = tabs(
      document.getElementById("views"),
      VIEWS.map((id) => ({ id, panel: `view-${id}`, parts: parts(id) })),
      (view) => this.route.go({ view, session: null, letter: null, find: null }),
    );
    const panels = Object.fromEntries(VIEWS.map((id) => [id, h("section", { id: `view-${id}`, class: "view", role: "tabpanel", "aria-labelledby": `tab-${id}`, hidden: true })]));
    document.getElementById("main").replaceChildren(...Object.values(panels));
    return panels;
  }

  start() {
    startTicking();
    this.show();
    this.readMe();
    new Live("/api/live", (name, data) => this.hear(name, data), (state) => this.link.connection(state)).start();
  }

  get view() {
    return this.views[this.route.at.view];
  }

  show() {
    const { at } = this.route;
    for (const id of VIEWS) this.panels[id].hidden = id !== at.view;
    this.select(at.view);
    if (this.view !== this.views.agents) this.views.agents.leave();
    this.cover();
    this.view.show(at);
  }

  /** On a narrow screen a panel covers the page: what is below it cannot be reached then. */
  cover() {
    const { view, session, letter } = this.route.at;
    const reading = Boolean(view === "inbox" ? session : view === "letters" ? letter : null);
    document.body.classList.toggle("reading", reading);
    for (const below of document.querySelectorAll(".top, .column")) below.inert = reading && NARROW.matches;
  }

  hear(name, data) {
    if (name === "snapshot") setClock(Date.parse(data.at));
    if (name === "agent") this.hearAgent(data);
    const back = data?.dependencies ? this.link.dependencies(data.dependencies) : false;
    for (const view of Object.values(this.views)) view.hear(name, data);
    if (name === "snapshot") this.refresh();
    if (name === "resync" || back) this.refreshSoon();
  }

  refresh() {
    this.readTenants();
    this.readAgents();
    this.readMe();
    for (const view of Object.values(this.views)) view.refresh?.();
  }

  async readTenants() {
    const found = await this.ask(() => this.api.get("tenants"));
    if (!found) return;
    this.tenants = found.map((each) => each.tenant_id);
    this.view.show(this.route.at);
  }

  async readAgents() {
    const answers = await this.ask(() => Promise.all([this.api.get("agents"), this.api.get("teams")]));
    if (!answers) return;
    const [found, { teams }] = answers;
    this.teams = teams.map((each) => ({ id: each.id, name: each.name, tenant: each.tenant_id }));
    this.pools = found.pools.map(pool);
    this.agents = new Map(found.agents.map((raw) => [raw.id, agent(raw, this.teamNames)]));
    this.agentsRead = true;
    this.view.show(this.route.at);
  }

  get teamNames() {
    return new Map(this.teams.map((each) => [each.id, each.name]));
  }

  hearAgent(raw) {
    if (raw.removed) this.agents.delete(raw.id);
    else this.agents.set(raw.id, agent(raw, this.teamNames));
  }

  async readMe() {
    const found = await this.ask(() => this.api.get("me"));
    if (!found) return;
    this.me = found;
    this.api.csrf = found.csrf ?? null;
    const account = document.getElementById("account");
    account.hidden = false;
    account.disabled = !found.canAct;
    account.title = found.canAct ? "" : "Start the console with HANDOVER_CONSOLE_TOKEN to act from here";
    write(account, found.acting ? `${found.name} · Sign out` : found.canAct ? "Sign in" : "Read-only");
    this.view.show(this.route.at);
    this.views.inbox.story.draw();
  }

  async account() {
    if (!this.me.acting) return signIn(this);
    await this.ask(() => this.api.post("logout"));
    await this.readMe();
  }

  /** Whether one may act, after asking who they are if need be. */
  async mayAct() {
    return this.me.acting || signIn(this);
  }

  /** The answer, or null after what was refused is on the screen. */
  async ask(question) {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.signIn) this.readMe();
      if (this.link.state === "live" && !this.link.away.length) this.toast(error.message, "bad");
      return null;
    }
  }

  key(event) {
    const elsewhere = event.target.closest("input, textarea, select") || document.querySelector("dialog[open]");
    if (elsewhere || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && this.view.focusFilter) {
      event.preventDefault();
      this.view.focusFilter();
    }
    if (event.key === "Escape") this.view.escape?.();
  }

  badge(view, number) {
    const badge = document.getElementById(`badge-${view}`);
    badge.hidden = !number;
    write(badge, number ? number.toLocaleString() : "");
  }

  /** For screen readers alone. */
  say(text) {
    document.getElementById("heard").textContent = text;
  }

  toast(text, kind = "") {
    const toasts = document.getElementById("toasts");
    if ([...toasts.children].some((each) => each.textContent === text)) return;
    const toast = h("p", { class: `toast ${kind}`, role: kind === "bad" ? "alert" : "status" }, text);
    toasts.append(toast);
    setTimeout(() => toast.remove(), 7000);
  }
}

new Console().start();
