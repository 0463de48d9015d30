// What the component's verdict on a session means for the page: its section, and what can be done.

import { toldBy } from "./failure.js";

/** @import { Outcome, Status, Verdict } from "../shapes.js" */

/** @typedef {"restorable" | "missing" | "unclear" | "lost" | "guarded" | "complete"} Group */

/**
 * What a button does: "anyway" restores although a guard holds.
 *
 * @typedef {"restore" | "merge" | "anyway" | "undo"} Deed
 */

/**
 * A session as the page knows it.
 *
 * @typedef {object} Session
 * @property {string} id
 * @property {Group} group where it is shown, also after it was restored
 * @property {Status} status what was found, before anything was done
 * @property {Outcome | undefined} [outcome] what a restore did
 * @property {string[] | undefined} [failure] why a request for a restore was not answered
 * @property {string[] | undefined} [news] what an undo did
 * @property {Deed | undefined} [busy] what is under way
 * @property {boolean | undefined} [isToldOnce] whether its failure is told once for many sessions
 */

/** @type {Record<Verdict, Group>} */
const GROUPS = {
  shrunken: "restorable",
  damaged: "restorable",
  missing: "missing",
  guarded: "guarded",
  withheld: "unclear",
  undecided: "unclear",
  lost: "lost",
  absent: "lost",
  complete: "complete",
  different: "complete",
};

/**
 * @param {Status} status
 * @returns {Group}
 */
export function groupOf({ verdict }) {
  return GROUPS[verdict];
}

/**
 * How many messages a restore brings back: those of the backup that the live file lacks.
 *
 * @param {Status} status
 */
export function gain(status) {
  const more = status.bak_messages - Math.max(0, status.live_messages);
  return status.backup_only ?? Math.max(0, more);
}

/**
 * How many messages only the live file holds.
 *
 * @param {Status} status
 */
export function liveOnly({ live_only = 0 }) {
  return live_only;
}

/** @param {Session} session */
export function isRestored({ outcome }) {
  return outcome?.restored ?? false;
}

/**
 * Whether a kept file holds what the restore replaced.
 *
 * @param {Session} session
 */
export function isUndoable(session) {
  return isRestored(session) && session.outcome?.kept !== undefined;
}

/** @param {Session} session */
export function isRestorable(session) {
  return ["restorable", "missing"].includes(standing(session)) && !isRestored(session);
}

/** @param {Session} session */
export function isGuarded(session) {
  return standing(session) === "guarded" && !isRestored(session);
}

/**
 * Whether another program was at work on the session, so that a restore left it as it is.
 *
 * @param {Session} session
 */
export function hasBackedOff({ outcome }) {
  return outcome?.action === "failed" && outcome.errors?.[0]?.code === "changed";
}

/**
 * Why a restore failed, and what to do next, if it did.
 *
 * @param {Session} session
 */
export function failureOf(session) {
  const { outcome, failure } = session;
  const wasDue = isRestorable(session) || isGuarded(session);
  const cause = outcome?.action === "failed" && wasDue ? outcome.errors?.[0] : undefined;
  return failure ?? (cause && toldBy(cause));
}

/**
 * The group that a session belongs to by now. A restore that failed does not change it.
 *
 * @param {Session} session
 */
export function standing({ group, status }) {
  return status.recommend === "restore" ? group : groupOf(status);
}

/**
 * @typedef {object} Tally
 * @property {number} sessions
 * @property {Record<Group, number>} left by group, without those restored
 * @property {number} different how many live files lack some of the backup's messages
 * @property {number} restorable
 * @property {number} lostMessages that come back if all is restored
 * @property {number} liveOnly messages that are left out then
 * @property {number} damaged how many of the live files that are replaced then are damaged
 * @property {number} failed how many of the restorable ones could not be restored
 * @property {number} restored
 * @property {number} messagesBack that came back
 */

/**
 * @param {Iterable<Session>} sessions
 * @returns {Tally}
 */
export function tally(sessions) {
  const sum = {
    sessions: 0,
    left: { restorable: 0, missing: 0, unclear: 0, lost: 0, guarded: 0, complete: 0 },
    different: 0,
    restorable: 0,
    lostMessages: 0,
    liveOnly: 0,
    damaged: 0,
    failed: 0,
    restored: 0,
    messagesBack: 0,
  };
  for (const session of sessions) {
    sum.sessions += 1;
    if (isRestored(session)) {
      sum.restored += 1;
      sum.messagesBack += gain(session.status);
    } else {
      addUnrestored(sum, session);
    }
  }
  return sum;
}

/**
 * @param {Tally} sum
 * @param {Session} session
 */
function addUnrestored(sum, session) {
  const { status } = session;
  sum.left[standing(session)] += 1;
  sum.different += status.verdict === "different" ? 1 : 0;
  if (isRestorable(session)) {
    sum.restorable += 1;
    sum.lostMessages += gain(status);
    sum.liveOnly += liveOnly(status);
    sum.damaged += status.verdict === "damaged" ? 1 : 0;
    sum.failed += failureOf(session) === undefined ? 0 : 1;
  }
}
