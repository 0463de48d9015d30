// What callers give, as the component takes it.

import { SessionRecoveryError } from "./errors.js";

/** @import { Change, RecoverOptions, SweepingOptions } from "./types.js" */

/**
 * @param {{ dryRun?: boolean }} options
 * @returns {import("./sandbox.js").Grant}
 */
export function grant({ dryRun }) {
  return dryRun ? "read-only" : "read-write";
}

/**
 * The options as the component takes them, each of them given.
 *
 * @param {RecoverOptions & SweepingOptions} options
 */
export function flags({
  dryRun = false,
  discard = false,
  merge = false,
  ignoreGuards = false,
  force = false,
  prune = false,
  salvage = false,
}) {
  return { dryRun, discard, merge, ignoreGuards, force, prune, salvage };
}

/**
 * The id as it is: half of a surrogate pair would reach the component as another character, and
 * so as another session's id.
 *
 * @param {string} id
 */
export function wellFormed(id) {
  if (typeof id === "string" && !/\p{Surrogate}/u.test(id)) return id;
  throw new SessionRecoveryError(
    "invalid-session-id",
    `${JSON.stringify(id)} is not a session ID: it is not Unicode text.`,
    "Give the name of a session's file, without .json.",
  );
}

/**
 * The change with its number as the component counts: in 64 bits.
 *
 * @param {Change} change
 */
export function integral(change) {
  const { sessionId, bytes } = change;
  if (sessionId !== undefined) wellFormed(sessionId);
  return { ...change, bytes: BigInt(bytes) };
}
