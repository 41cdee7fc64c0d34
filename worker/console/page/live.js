// News as it happens. Each connection begins with a snapshot; what came before it is fetched after it, so that no
// gap is possible: the server listens before it takes the snapshot.

export const EVENTS = ["snapshot", "session", "counts", "agent", "letters", "health", "replay", "resync", "beat"];
const SILENT_SECONDS = 45;
const LONGEST_PAUSE = 8;
const HIDDEN_SECONDS = 300;

export class Live {
  /** `hear(name, data)` is told every event, `tell(state)` of `connecting`, `live` and `reconnecting`. */
  constructor(url, hear, tell) {
    this.url = url;
    this.hear = hear;
    this.tell = tell;
    this.failures = 0;
    this.heardAt = 0;
    this.source = null;
    this.retry = null;
    this.rest = null;
  }

  start() {
    this.open();
    setInterval(() => this.watch(), 5000);
    document.addEventListener("visibilitychange", () => this.seen());
    window.addEventListener("online", () => this.again(0));
  }

  open() {
    this.heardAt = Date.now();
    this.source = new EventSource(this.url);
    this.source.addEventListener("error", () => this.lost());
    for (const name of EVENTS) this.source.addEventListener(name, (event) => this.heard(name, event));
  }

  heard(name, event) {
    this.heardAt = Date.now();
    if (name === "snapshot") {
      this.failures = 0;
      this.tell("live");
    }
    const data = event.data ? JSON.parse(event.data) : null;
    if (name === "resync" && data.why === "slow") this.again(0); // a snapshot has what was left out
    else this.hear(name, data);
  }

  lost() {
    this.tell("reconnecting");
    this.failures += 1;
    this.again(pause(this.failures, Math.random()));
  }

  again(seconds) {
    this.source?.close();
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), seconds * 1000);
  }

  /** A browser has six connections for all its tabs: one that nobody looks at gives its own back after a while. */
  seen() {
    clearTimeout(this.rest);
    if (document.hidden) this.rest = setTimeout(() => this.source.close(), HIDDEN_SECONDS * 1000);
    else if (this.source?.readyState === EventSource.CLOSED) this.again(0);
    else this.watch();
  }

  /** A connection may be dead without an error: whoever is silent for too long is called anew. */
  watch() {
    const silent = Date.now() - this.heardAt > SILENT_SECONDS * 1000;
    if (!document.hidden && silent && this.source?.readyState === EventSource.OPEN) this.lost();
  }
}

/** Seconds until the next try: doubled each time, with jitter, so that fifty pages do not come at once. */
export function pause(failures, chance) {
  return Math.min(LONGEST_PAUSE, 0.5 * 2 ** (failures - 1)) * (0.5 + chance / 2);
}
