// What a listing says before any file is read. The page shows it while the files are read.

import { toJson } from "./answers.js";

/** @import { Entry } from "session-recovery" */
/** @import { Listed, Listing } from "./shapes.js" */

/**
 * @param {Entry[]} entries
 * @returns {Listing}
 */
export function toListing(entries) {
  const listed = toJson("sessions", entries).sessions;
  const sessions = listed.filter(isSession);
  return {
    scanned: listed.filter(({ live }) => live).length,
    sessions,
    orphans: sessions.flatMap(({ session_id, live }) => (live ? [] : (session_id ?? []))),
    oddities: listed.flatMap((entry) => (isSession(entry) ? [] : (entry.oddity ?? []))),
  };
}

/**
 * Whether a sweep would read it, or would if it had a backup.
 *
 * @param {Listed} entry
 */
function isSession({ session_id, live, bak, oddity }) {
  return typeof session_id === "string" && (oddity === undefined || (live && bak));
}
