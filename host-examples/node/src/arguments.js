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
  best = false,
}) {
  return { dryRun, discard, merge, ignoreGuards, force, prune, salvage, best };
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
 * The name of a source as it is, for the same reason.
 *
 * @param {string} name
 */
export function wellFormedName(name) {
  if (typeof name === "string" && !/\p{Surrogate}/u.test(name)) return name;
  throw new SessionRecoveryError(
    "no-such-source",
    `The session has no source ${JSON.stringify(name)}: that is not Unicode text.`,
    "Give one of the names that `sources` lists.",
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
