// Connects the changes of a plan with the sessions that the page shows.

import { isRestorable } from "./verdict.js";

/** @import { Change, Outcome, Repaired, Status } from "../shapes.js" */
/** @import { Session } from "./verdict.js" */

/**
 * The sessions that a plan restores.
 *
 * @param {Change[]} changes
 * @param {Iterable<Session>} sessions
 */
export function restoredBy(changes, sessions) {
  const ids = idsOf(changes);
  return [...sessions].filter(({ id }) => ids.has(id));
}

/**
 * Whether a plan restores what the page says can be restored.
 *
 * @param {Change[]} changes
 * @param {Iterable<Session>} sessions
 */
export function isAsShown(changes, sessions) {
  const shown = [...sessions].filter(isRestorable);
  const ids = idsOf(changes);
  return ids.size === shown.length && shown.every(({ id }) => ids.has(id));
}

/** @param {Change[]} changes */
function idsOf(changes) {
  return new Set(changes.flatMap(({ session_id }) => session_id ?? []));
}

/**
 * The changes in parts of so many. The leftovers come first and stay together, because removing one
 * may remove others.
 *
 * @param {Change[]} changes
 * @param {number} length
 */
export function inParts(changes, length) {
  const leftovers = changes.filter(({ kind }) => kind === "remove_leftover").length;
  const parts = [changes.slice(0, leftovers + length)];
  for (let start = leftovers + length; start < changes.length; start += length) {
    parts.push(changes.slice(start, start + length));
  }
  return parts;
}

/**
 * The result of a change, as the outcome of a restore.
 *
 * @param {Status} status of its session
 * @param {Repaired} result
 * @returns {Outcome}
 */
export function toOutcome(status, { done, errors = [], source, kept }) {
  const made = errors.length > 0 ? "restored_unconfirmed" : "restored";
  return {
    ...status,
    restored: done,
    action: done ? made : "failed",
    source,
    errors,
    ...(kept !== undefined && { kept }),
  };
}
