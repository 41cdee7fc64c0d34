// How many sessions there are in the tabs. Pure.

import { TABS } from "./words.js";

const COUNTED = 10_000;

/** The counts of a tenant, or of all of them together. */
export function summed(tenants, tenant) {
  const counted = tenant ? [tenants[tenant] ?? {}] : Object.values(tenants);
  return Object.fromEntries(TABS.map((tab) => [tab, counted.reduce((sum, each) => sum + (each[tab] ?? 0), 0)]));
}

/** A count for people; the server counts no further than to one more than ten thousand. */
export function told(count) {
  if (count === undefined) return "";
  return count > COUNTED ? `${COUNTED.toLocaleString()}+` : count.toLocaleString();
}
