// A sweep's summary, put together from its parts.

/** @import { Entry, Failure, Outcome, Summary } from "./types.js" */

/** @returns {Summary} */
export function nothing() {
  return { scanned: 0, restored: 0, sessions: [], orphans: [], oddities: [] };
}

/**
 * What a listing tells of a sweep to come.
 *
 * @param {Entry[]} entries
 * @returns {Summary}
 */
export function ofListing(entries) {
  const unpaired = entries.filter((entry) => !isPair(entry));
  const odd = unpaired.flatMap(({ oddity }) => oddity ?? []);
  const orphans = unpaired.filter(({ oddity, backup }) => !oddity && backup);
  return {
    ...nothing(),
    scanned: entries.filter(({ live }) => live).length,
    orphans: orphans.flatMap(({ sessionId }) => sessionId ?? []),
    oddities: odd,
  };
}

/**
 * Whether a sweep reads the entry.
 *
 * @param {Entry} entry
 */
export function isPair({ live, backup }) {
  return live && backup;
}

/**
 * @param {Summary} summary
 * @param {Summary} part - What was done about a part of the listing.
 */
export function addPart(summary, part) {
  summary.restored += part.restored;
  summary.sessions.push(...part.sessions);
  summary.orphans.push(...part.orphans);
  summary.oddities.push(...part.oddities);
}

/**
 * A session about which there is no answer.
 *
 * @param {string} sessionId
 * @param {Failure} failure
 * @returns {Outcome}
 */
export function unanswered(sessionId, failure) {
  /** @type {import("./types.js").File} */
  const file = { state: "undecided", problem: { kind: "other", message: failure.message } };
  return {
    status: {
      sessionId,
      live: file,
      backup: file,
      recommendation: "no-action",
      reason: "The session could not be judged.",
      obstacle: failure,
    },
    action: "failed",
    errors: [failure],
    merged: 0,
  };
}
