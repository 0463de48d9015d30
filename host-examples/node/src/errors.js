// The errors that callers can branch on, and what to do about each.

import { exhaustionOf } from "./system-errors.js";

/** @import { ErrorCode, Failure, Outcome, Summary } from "./types.js" */

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

/** How many sessions a message names. */
const MOST_NAMED = 10;

/**
 * A call did not return, whatever holds it up: it cannot be ended, and is left to itself. Until it
 * returns, no other call of this process is begun, and the process ends by a signal.
 */
export class NotReturnedError extends SessionRecoveryError {
  name = "NotReturnedError";

  /**
   * Use `within` or `earlier`.
   *
   * @internal
   * @param {string} message
   * @param {Outcome[]} outcomes
   */
  constructor(message, outcomes = []) {
    super(
      "other",
      message,
      "Check that the disk answers, and end this process before you try again.",
    );
    /** What a sweep had done before, as in a summary's `sessions`. */
    this.outcomes = outcomes;
  }

  /**
   * @internal
   * @param {number} maxTime - In seconds.
   */
  static within(maxTime) {
    const message = `The call did not return in ${maxTime} seconds, and may still be at work.`;
    return new NotReturnedError(message);
  }

  /** @internal */
  static earlier() {
    return new NotReturnedError(
      "Nothing was begun, as an earlier call of this process has not returned.",
    );
  }

  /**
   * The same with what a sweep had done before.
   *
   * @internal
   * @param {Outcome[]} outcomes
   */
  after(outcomes) {
    const restored = outcomes.filter(({ action }) => action.startsWith("restored"));
    const ids = restored.map(({ status }) => status.sessionId);
    const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : "";
    const named = `${ids.slice(0, MOST_NAMED).join(", ")}${more}`;
    const before = ids.length > 0 ? ` Restored before: ${named}.` : "";
    return new NotReturnedError(`${this.message}${before}`, outcomes);
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

/**
 * @param {unknown} cause - Why the component's thread does not run.
 */
export function notStarted(cause) {
  if (cause instanceof SessionRecoveryError) return cause;
  return errorOf(componentFailure("cannot be started", cause));
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
