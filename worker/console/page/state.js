// What the page knows of sessions. Pure: no page, no network, no clock.

const MOST = 10_000;

/** `versions` outlive the rows: news of a deleted session that comes late must not bring it back. */
export class Sessions {
  constructor() {
    this.clear();
    this.heard = 0;
  }

  /** Forgets everything; from now on those that wait are listed the `oldest` first, or the newest. */
  clear({ oldest = false } = {}) {
    this.oldest = oldest;
    this.rows = new Map();
    this.versions = new Map();
    this.heardAt = new Map();
    this.horizons = new Map();
  }

  /** Takes a row from the stream; false when it is no news. */
  hear(row) {
    if (!this.isNews(row)) return false;
    this.heard += 1;
    this.heardAt.set(row.id, this.heard);
    this.versions.delete(row.id);
    this.versions.set(row.id, row.version);
    if (this.versions.size > 2 * MOST) this.forget();
    if (row.status === "deleted") this.rows.delete(row.id);
    else this.rows.set(row.id, row);
    return true;
  }

  /** Of those that are closed, only the latest we heard of: a page may stay open for weeks. */
  forget() {
    for (const id of this.versions.keys()) {
      if (this.versions.size <= MOST) return;
      const open = this.rows.has(id) && this.rows.get(id).status !== "resolved";
      if (!open) for (const known of [this.rows, this.versions, this.heardAt]) known.delete(id);
    }
  }

  /** What to give back to `fetched`: how much had been heard when the question was asked. */
  asking() {
    return this.heard;
  }

  /** Takes an answer: all of a status from the newest down to the answer's last row, or all there are.
   *
   * What we had there and is not in the answer has left that status, unless we heard of it after asking.
   */
  fetched(status, rows, { asked, whole, from = null }) {
    const listed = new Set(rows.map((row) => row.id));
    const last = whole ? null : (rows.at(-1) ?? null);
    for (const row of this.rows.values()) {
      const within = (!last || !this.ahead(last, row)) && (!from || this.ahead(from, row));
      const stale = (this.heardAt.get(row.id) ?? 0) <= asked;
      if (row.status === status && within && stale && !listed.has(row.id)) this.rows.delete(row.id);
    }
    for (const row of rows) this.learn(row);
    this.horizons.set(status, last);
  }

  /** Takes a row that was asked for; of the same version it may still tell more than we knew. */
  learn(row) {
    if (row.version < this.known(row.id)) return;
    this.versions.set(row.id, row.version);
    this.rows.set(row.id, row);
  }

  /** Of a version we have only what another program changed since, which makes no version. */
  isNews(row) {
    const known = this.known(row.id);
    return row.version === known ? row.updatedAt > this.rows.get(row.id)?.updatedAt : row.version > known;
  }

  known(id) {
    return this.versions.get(id) ?? -1;
  }

  /** The rows of a status in order, down to where the server's list was read. */
  list(status, matches = () => true) {
    const last = this.horizons.get(status);
    const rows = [...this.rows.values()].filter(
      (row) => row.status === status && (!last || !this.ahead(last, row)) && matches(row),
    );
    return rows.sort((one, other) => (this.ahead(one, other) ? -1 : 1));
  }

  /** Whether one row comes before the other of its tab. */
  ahead(one, other) {
    return comes(one, other, this.oldest && one.status === "unassigned");
  }
}

/** By when they were opened, to the microsecond that only the text has, then by id: as the server lists them. */
export function comes(one, other, oldest) {
  if (one.createdAt !== other.createdAt) return one.createdAt > other.createdAt !== oldest;
  if (one.order !== other.order) return one.order > other.order !== oldest;
  return one.id < other.id;
}
