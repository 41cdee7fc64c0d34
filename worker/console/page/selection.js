// Which letters are ticked.

export class Selection {
  constructor(changed) {
    this.ids = new Set();
    this.changed = changed;
  }

  get any() {
    return this.ids.size > 0;
  }

  has(id) {
    return this.ids.has(id);
  }

  set(id, on) {
    if (on) this.ids.add(id);
    else this.ids.delete(id);
    this.changed();
  }

  all(ids) {
    this.ids = new Set(ids);
    this.changed();
  }

  /** Those ticked that are still in the list. */
  of(letters) {
    return letters.map((each) => each.id).filter((id) => this.ids.has(id));
  }
}
