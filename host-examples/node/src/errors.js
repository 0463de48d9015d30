// The errors that callers can branch on, and what to do about each.

import { exhaustionOf } from "./system-errors.js";

/** @import { ErrorCode, Failure, Summary } from "./types.js" */

/** Why a call has no answer. */
export class SessionRecoveryError extends Error {
  name = "SessionRecoveryError";

  /**
   * @param {ErrorCode} code
   * @param {string} message
   * @param {string} [remedy]
   */
  constructor(code, message, remedy) {
    super(message);
    /** The kind of failure, as in the WIT interface. */
    this.code = code;
    /** What to do next, in sentences. */
    this.remedy = remedy;
  }

  toString() {
    const { name, message, remedy } = this;
    return `${name}: ${remedy === undefined ? message : `${message} ${remedy}`}`;
  }

  /** @returns {Failure} */
  toJSON() {
    const { code, message, remedy } = this;
    return remedy === undefined ? { code, message } : { code, message, remedy };
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
    super("The sweep was stopped. What it restored before is in place.", { cause });
    /** What was done until then. */
    this.summary = summary;
  }
}

/** @param {Failure} failure */
export function errorOf({ code, message, remedy }) {
  return new SessionRecoveryError(code, message, remedy);
}

/**
 * @param {unknown} error
 * @returns {Failure}
 */
export function failureOf(error) {
  return error instanceof SessionRecoveryError ? error.toJSON() : componentFailure("failed", error);
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
    message: `The component ${how}: ${exhaustion?.words ?? cause}.`,
    remedy: exhaustion?.remedy ?? "Run the same again. If it fails again, report this.",
  };
}

/** @param {number} maxMemory - In MiB. */
export function outOfMemory(maxMemory) {
  const message = `The call needs more than ${maxMemory} MiB of memory.`;
  return new SessionRecoveryError("other", message, "Allow more memory (--max-memory, maxMemory).");
}

/** @param {number} maxTime - In seconds. */
export function outOfTime(maxTime) {
  const message = `The call was ended after ${maxTime} seconds.`;
  return new SessionRecoveryError("other", message, "Allow more time (--max-time, maxTime).");
}
