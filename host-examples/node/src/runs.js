// Names of runs, by which the history of a directory says what was done together, and what one call
// takes back of it.

import { randomBytes } from "node:crypto";
import { errorOf, failureOf, NotReturnedError, SessionRecoveryError } from "./errors.js";
import { unanswered } from "./unanswered.js";

/** @import { Event, Failure, Outcome } from "./types.js" */

/**
 * A run as the component takes it. Its time is that of the call, in seconds since 1970.
 *
 * @typedef {{ name: string, time: number }} Run
 */

/**
 * Makes a name that no other run has.
 *
 * @param {string} program - Whose run it is.
 */
export function runName(program) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  return `${program}-${time}-${randomBytes(2).toString("hex")}`;
}

/**
 * Begins a run of this name.
 *
 * @param {string} [name]
 * @returns {Run}
 */
export function begun(name = runName("node")) {
  return { name, time: Math.floor(Date.now() / 1000) };
}

/** @type {Failure} */
const STOPPED = {
  code: "other",
  message: "The undo was stopped before this session.",
  remedy: "Undo the same run again.",
};

/**
 * Undoes what is left of a run, one session after the other. A session that fails does not end it.
 *
 * @param {Event[]} history
 * @param {string} run
 * @param {(id: string) => Promise<Outcome>} undo
 * @param {AbortSignal} [signal]
 * @returns {Promise<Outcome[]>}
 * @throws {SessionRecoveryError} There is nothing of that run that can be undone.
 */
export async function undoneRun(history, run, undo, signal) {
  const ids = undoableIn(history, run);
  if (ids.length === 0) throw noSuchRun(run);
  /** @type {Outcome[]} */
  const outcomes = [];
  for (const id of ids) {
    try {
      outcomes.push(signal?.aborted ? unanswered(id, STOPPED) : await undo(id));
    } catch (error) {
      if (error instanceof NotReturnedError) throw error.after(outcomes);
      if (!(error instanceof SessionRecoveryError)) throw error;
      outcomes.push(unanswered(id, failureOf(error)));
    }
  }
  return outcomes;
}

/**
 * The sessions of a run that an undo puts back.
 *
 * @param {Event[]} history
 * @param {string} run
 */
export function undoableIn(history, run) {
  const events = history.filter((event) => event.run === run && event.canUndo);
  return [...new Set(events.map(({ sessionId }) => sessionId))];
}

/** @param {string} run */
function noSuchRun(run) {
  return errorOf({
    code: "other",
    message: `There is no run ${run} that can be undone.`,
    remedy: "`history` lists the runs.",
  });
}
