// What stands in a list of outcomes for a session about which there is no answer.

/** @import { Failure, File, Outcome } from "./types.js" */

/**
 * @param {string} sessionId
 * @param {Failure} failure
 * @returns {Outcome}
 */
export function unanswered(sessionId, failure) {
  /** @type {File} */
  const file = { state: "undecided", problem: { kind: "other", message: failure.message } };
  return {
    status: {
      sessionId,
      heading: {},
      live: file,
      backup: file,
      recommendation: "no-action",
      verdict: "undecided",
      reason: "The session could not be judged.",
      notes: [],
      obstacle: failure,
    },
    action: "failed",
    errors: [failure],
    merged: 0,
  };
}
