// When something was: the local time, and for what is recent how long ago it was.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How long something counts as recent, in seconds. */
const RECENT = 7 * DAY;

const FULL = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const DATE = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** @param {number} seconds since 1970 */
function toDate(seconds) {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.valueOf()) ? undefined : date;
}

/**
 * @param {number} seconds since 1970
 * @returns {string} the local time
 */
export function fullTime(seconds) {
  const date = toDate(seconds);
  return date ? FULL.format(date) : "no known time";
}

/**
 * @param {number} seconds since 1970
 * @param {number} [now] the same
 */
export function shortTime(seconds, now = Date.now() / 1000) {
  const age = now - seconds;
  if (age < 0 || age > RECENT) {
    const date = toDate(seconds);
    return date ? DATE.format(date) : "no known time";
  }
  if (age < MINUTE) {
    return "just now";
  }
  if (age < HOUR) {
    return RELATIVE.format(-Math.floor(age / MINUTE), "minute");
  }
  return age < DAY
    ? RELATIVE.format(-Math.floor(age / HOUR), "hour")
    : RELATIVE.format(-Math.floor(age / DAY), "day");
}

/**
 * @param {number} seconds since 1970
 * @param {(seconds: number) => string} [spelled]
 */
export function timeElement(seconds, spelled = shortTime) {
  const made = document.createElement("time");
  made.dateTime = toDate(seconds)?.toISOString() ?? "";
  made.title = fullTime(seconds);
  made.textContent = spelled(seconds);
  return made;
}
