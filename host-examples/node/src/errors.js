// The errors that callers can branch on.

import { exhaustionOf } from "./system-errors.js";

/** @import { ErrorCode, Failure, Summary } from "./types.js" */

/** Why a call has no answer. */
export class SessionRecoveryError extends Error {
  name = "SessionRecoveryError";

  /**
   * @param {ErrorCode} code - The kind of failure, as in the WIT interface.
   * @param {string} message - A sentence for people.
   */
  constructor(code, message) {
    super(message);
    /** The kind of failure, as in the WIT interface. */
    this.code = code;
  }
}

/** A sweep that was stopped between two sessions. */
export class SweepStopped extends Error {
  name = "AbortError";
  code = "ABORT_ERR";

  /**
   * @param {Summary} summary - What was done until then.
   * @param {unknown} cause - The signal's reason.
   */
  constructor(summary, cause) {
    super("The sweep was stopped. What it restored until then is in place.", { cause });
    /** What was done until then. */
    this.summary = summary;
  }
}

/**
 * @param {unknown} error
 * @returns {Failure}
 */
export function failureOf(error) {
  if (error instanceof SessionRecoveryError) return { code: error.code, message: error.message };
  return componentFailure("failed", error);
}

/**
 * @param {string} how - What it did, or could not do.
 * @param {unknown} cause
 * @returns {Failure}
 */
export function componentFailure(how, cause) {
  const exhaustion = exhaustionOf(cause);
  return {
    code: exhaustion ? "exhausted" : "other",
    message: `The component ${how}: ${exhaustion ?? cause}`,
  };
}
