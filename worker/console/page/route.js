// Where one is, kept in the address: a view and what is chosen in it, so that links and the back button work.

export const VIEWS = ["inbox", "agents", "letters", "health"];

/** `#inbox?tab=assigned` as `{view, ...}`; an unknown view is the inbox. */
export function parse(hash) {
  const [view, rest = ""] = hash.replace(/^#/, "").split("?");
  return { ...Object.fromEntries(new URLSearchParams(rest)), view: VIEWS.includes(view) ? view : "inbox" };
}

export function format({ view, ...chosen }) {
  const given = Object.entries(chosen).filter(([, value]) => value);
  return `#${view}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

export class Route {
  constructor(changed) {
    this.at = parse(location.hash);
    window.addEventListener("hashchange", () => {
      this.at = parse(location.hash);
      changed(this.at);
    });
    this.changed = changed;
  }

  /** Changes some of where one is. What is typed replaces the entry in the history, what is chosen makes one. */
  go(patch, { typed = false } = {}) {
    const next = { ...this.at, ...patch };
    if (format(next) === format(this.at)) return;
    this.at = next;
    history[typed ? "replaceState" : "pushState"](null, "", format(next));
    this.changed(next);
  }
}
