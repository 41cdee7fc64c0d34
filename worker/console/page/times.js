// Times for people. Pure, but for the offset between the server's clock and this one.

let offset = 0;

/** The server's clock, as of the snapshot: a screen whose clock is wrong still shows true waiting times. */
export function setClock(serverNow) {
  offset = serverNow - Date.now();
}

export function now() {
  return Date.now() + offset;
}

/** A duration in seconds as `42 s`, `3 min 12 s`, `2 h 05 min`, `3 d 4 h`. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

/** A short span with a decimal where it matters: `6 ms`, `1.4 s`, `3 min 12 s`. */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : duration(seconds);
}

/** The time of day, with the date unless it was today. */
export function clock(at) {
  if (at === null) return "–";
  const when = new Date(at);
  const today = when.toDateString() === new Date(now()).toDateString();
  const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  return when.toLocaleString([], today ? time : { ...time, year: "numeric", month: "short", day: "numeric" });
}

function two(number) {
  return String(number).padStart(2, "0");
}
