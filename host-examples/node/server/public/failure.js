// A failure in lines: what happened, and what to do next.

/** @import { Failure, Remark } from "../shapes.js" */

/**
 * @param {Pick<Remark, "message" | "remedy">} error
 * @returns {string[]}
 */
export function toldBy({ message, remedy }) {
  return remedy === undefined ? [message] : [message, remedy];
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

  /**
   * @param {Failure} failure whose `error` has the remedy at its end
   */
  static from({ error, remedy }) {
    const end = remedy === undefined ? 0 : remedy.length + 1;
    return new ApiError(error.slice(0, error.length - end), remedy);
  }
}

/** @param {unknown} error */
export function explain(error) {
  if (error instanceof ApiError) {
    return toldBy(error);
  }
  return [error instanceof Error ? error.message : String(error)];
}
