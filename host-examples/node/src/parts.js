// The restore of chosen sessions, in parts: somebody may watch it and stop it between two. A session
// that the component cannot get through costs only itself.

import { failureOf, NotReturnedError, SessionRecoveryError, SweepStopped } from "./errors.js";
import { unanswered } from "./unanswered.js";

/** @import { Outcome, Summary, SweepOptions } from "./types.js" */

/** So many parts are made of what a call cannot do all at once, as each lists the directory. */
const PARTS = 100;
const SMALLEST_PART = 16;

/**
 * @template T
 * @param {T[]} all
 */
export function* inParts(all) {
  const size = Math.max(SMALLEST_PART, Math.ceil(all.length / PARTS));
  for (let done = 0; done < all.length; done += size) yield all.slice(done, done + size);
}

/**
 * Restores chosen sessions, part by part.
 *
 * @param {string[]} ids
 * @param {(ids: string[]) => Promise<Summary>} restore
 * @param {Pick<SweepOptions, "signal" | "onProgress">} watch
 * @returns {Promise<Summary>}
 * @throws {SweepStopped} The signal stopped it.
 */
export async function restoredInParts(ids, restore, { signal, onProgress }) {
  let sum = nothing();
  let done = 0;
  await onProgress?.({ done, total: ids.length, outcomes: [] });
  for (const part of inParts(ids)) {
    if (signal?.aborted) break;
    const summary = await restoredPart(part, restore, sum.sessions);
    sum = added(sum, summary);
    done += part.length;
    await onProgress?.({ done, total: ids.length, outcomes: summary.sessions });
  }
  const left = ids.length - done;
  if (left > 0) throw new SweepStopped({ ...sum, left }, signal?.reason);
  return sum;
}

/**
 * @param {string[]} ids
 * @param {(ids: string[]) => Promise<Summary>} restore
 * @param {Outcome[]} before - What was done before.
 * @returns {Promise<Summary>}
 */
async function restoredPart(ids, restore, before) {
  try {
    return await restore(ids);
  } catch (error) {
    if (error instanceof NotReturnedError) throw error.after(before);
    // Any other code says what is wrong with the whole call. This one, that it exceeded its limits.
    if (!(error instanceof SessionRecoveryError) || error.code !== "other") throw error;
    const [id = "", ...others] = ids;
    if (others.length > 0) return oneByOne(ids, restore, before);
    return nothing(unanswered(id, failureOf(error)));
  }
}

/**
 * @param {string[]} ids
 * @param {(ids: string[]) => Promise<Summary>} restore
 * @param {Outcome[]} before
 * @returns {Promise<Summary>}
 */
async function oneByOne(ids, restore, before) {
  let sum = nothing();
  for (const id of ids) {
    sum = added(sum, await restoredPart([id], restore, [...before, ...sum.sessions]));
  }
  return sum;
}

/**
 * What was done about these sessions: until now, nothing.
 *
 * @param {Outcome[]} sessions
 * @returns {Summary}
 */
function nothing(...sessions) {
  return { scanned: 0, restored: 0, left: 0, sessions, oddities: [], pruned: [] };
}

/**
 * @param {Summary} one
 * @param {Summary} other
 * @returns {Summary}
 */
function added(one, other) {
  const said = new Set(one.oddities.map(({ message }) => message));
  return {
    scanned: one.scanned + other.scanned,
    restored: one.restored + other.restored,
    left: 0,
    sessions: [...one.sessions, ...other.sessions],
    oddities: [...one.oddities, ...other.oddities.filter(({ message }) => !said.has(message))],
    pruned: [...one.pruned, ...other.pruned],
  };
}
