// A failure in lines: what happened, and what to do next.

/** @import { Failure, Remark } from "../shapes.js" */

/**
 * @param {Pick<Remark, "message" | "remedy">} error
 * @returns {string[]}
 */
export function toldBy({ message, remedy }) {
  return remedy === undefined ? [message] : [message, remedy];
}

/**
 * The same for an answer whose `error` has its remedy at the end, too.
 *
 * @param {Pick<Failure, "error" | "remedy">} failure
 */
export function linesOf({ error, remedy }) {
  const end = remedy === undefined ? error.length : -remedy.length - 1;
  return toldBy({ message: error.slice(0, end), remedy });
}

/** Says that a request was not answered. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {string} [remedy]
   */
  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }

  /** @param {Failure} failure */
  static from(failure) {
    const [message = "", remedy] = linesOf(failure);
    return new ApiError(message, remedy);
  }
}

/** @param {unknown} error */
export function explain(error) {
  if (error instanceof ApiError) {
    return toldBy(error);
  }
  return [error instanceof Error ? error.message : String(error)];
}
