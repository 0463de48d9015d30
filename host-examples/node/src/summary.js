// A sweep's summary, put together from its parts.

/** @import { Entry, Failure, Outcome, RepairResult, Summary } from "./types.js" */

const STOPPED =
  "The repair was stopped before this change. Remedy: make a plan, and its changes, again.";

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
  const left = entries.filter((entry) => !isSwept(entry));
  return {
    ...nothing(),
    scanned: entries.filter(({ live }) => live).length,
    oddities: left.flatMap(({ oddity }) => oddity ?? []),
  };
}

/**
 * Whether a sweep reads the entry.
 *
 * @param {Entry} entry
 */
export function isSwept({ live, backup, oddity }) {
  return backup && (live || oddity === undefined);
}

/**
 * @param {Summary} summary
 * @param {Summary} part - What was done about a part of the listing.
 */
export function addPart(summary, part) {
  summary.restored += part.restored;
  for (const outcome of part.sessions) summary.sessions.push(outcome);
  for (const id of part.orphans) summary.orphans.push(id);
  // What is odd about the directory is told with each part.
  const told = new Set(summary.oddities.map(inOneWord));
  for (const oddity of part.oddities) {
    if (!told.has(inOneWord(oddity))) summary.oddities.push(oddity);
  }
}

/** @param {Failure} failure */
function inOneWord({ code, message }) {
  return `${code} ${message}`;
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
      notes: [],
      obstacle: failure,
    },
    action: "failed",
    errors: [failure],
    merged: 0,
  };
}

/**
 * @param {Summary} summary
 * @param {string[]} left - The sessions that were not begun, about which it says nothing then.
 * @returns {Summary}
 */
export function without(summary, left) {
  if (left.length === 0) return summary;
  const gone = new Set(left);
  return {
    ...summary,
    sessions: summary.sessions.filter(({ status }) => !gone.has(status.sessionId)),
    orphans: summary.orphans.filter((id) => !gone.has(id)),
  };
}

/**
 * @param {RepairResult} result
 * @param {string[]} left - The sessions that were not begun.
 * @returns {RepairResult}
 */
export function toldWhere(result, left) {
  const { sessionId } = result.change;
  if (result.done || sessionId === undefined || !left.includes(sessionId)) return result;
  return { ...result, errors: [{ code: "other", message: STOPPED }] };
}
