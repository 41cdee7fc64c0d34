// Whether what is on the screen is live: the connection, and what the server depends on.

import { hide, write } from "./dom.js";

const WORDS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting", away: "Away" };
const NAMES = { postgresql: "PostgreSQL", rabbitmq: "RabbitMQ" };

export class Link {
  constructor(app) {
    this.app = app;
    this.state = "connecting";
    this.away = [];
    this.element = document.getElementById("link");
    this.notice = document.getElementById("notice");
  }

  connection(state) {
    const back = state === "live" && this.state === "reconnecting";
    if (state === "reconnecting" && this.state === "live") this.app.say("The connection to the console is lost; trying again.");
    if (back) this.app.say("Connected again.");
    this.state = state;
    this.draw();
  }

  /** What the server says of its own connections; true when one has come back. */
  dependencies(found) {
    const away = Object.keys(found).filter((name) => found[name] !== "up");
    const back = this.away.some((name) => !away.includes(name));
    if (away.join() !== this.away.join()) this.app.say(sentence(away) || "Everything is reachable again.");
    this.away = away;
    this.draw();
    return back;
  }

  draw() {
    const shown = this.state === "live" && this.away.length ? "away" : this.state;
    this.element.dataset.state = shown;
    const names = this.away.map((name) => NAMES[name] ?? name).join(", ");
    write(this.element.lastElementChild, shown === "away" ? `${names} away` : WORDS[shown]);
    const text = this.state === "reconnecting" ? "The console cannot be reached. What you see is as it was; it goes on by itself as soon as it can." : sentence(this.away);
    write(this.notice, text);
    hide(this.notice, !text);
  }
}

/** What it means that these are away. */
export function sentence(away) {
  const parts = {
    postgresql: "The database is away: what you see is as it was, and handovers wait in their queue.",
    rabbitmq: "RabbitMQ is away: no news arrives, and bots keep their handovers.",
  };
  const said = away.map((name) => parts[name] ?? `${name} is away.`);
  return said.length ? `${said.join(" ")} It goes on by itself when it is back.` : "";
}
