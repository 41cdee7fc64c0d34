// Asking the server. Every question has a deadline; what it refuses comes as a Refused with a sentence to show.

const SECONDS = 20;

export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }

  get signIn() {
    return this.status === 401;
  }
}

export class Api {
  constructor() {
    this.csrf = null;
  }

  get(path, params = {}) {
    return this.ask(`/api/${path}${query(params)}`, {});
  }

  post(path, body = {}) {
    const headers = { "Content-Type": "application/json", ...(this.csrf ? { "X-CSRF-Token": this.csrf } : {}) };
    return this.ask(`/api/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async ask(url, options) {
    const answer = await fetched(url, options);
    if (answer.status === 204) return null;
    const said = await answer.json().catch(() => null);
    if (answer.ok) return said;
    throw new Refused(answer.status, said?.error ?? `the console answered ${answer.status}`);
  }
}

async function fetched(url, options) {
  try {
    return await fetch(url, { ...options, signal: AbortSignal.timeout(SECONDS * 1000), credentials: "same-origin" });
  } catch (error) {
    const why = error.name === "TimeoutError" ? `did not answer within ${SECONDS} seconds` : "is not reachable";
    throw new Refused(0, `the console ${why}; is it running?`);
  }
}

/** `?name=value` of what is not empty, or nothing; a list's name is repeated. */
export function query(params) {
  const each = Object.entries(params).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  const given = each.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}
