// What the component's verdict on a session means for the page: where it counts, and what can be done.

import { toldBy } from "./failure.js";

/** @import { Outcome, Status, Verdict } from "../shapes.js" */

/** @typedef {"restorable" | "missing" | "salvageable" | "unclear" | "lost" | "guarded" | "complete"} Group */

/**
 * Where a session is counted: in its group, unless it was restored or a check found a better source.
 *
 * @typedef {Group | "better" | "restored"} Place
 */

/**
 * A session as the page knows it.
 *
 * @typedef {object} Session
 * @property {string} id
 * @property {Group} group by what was found
 * @property {Status} status what was found, before anything was done
 * @property {Outcome | undefined} [outcome] what a restore did
 * @property {number | undefined} [back] how many messages the restores since then brought back
 * @property {string[] | undefined} [failure] why a request for a restore was not answered
 * @property {string[] | undefined} [news] what an undo did
 * @property {string | undefined} [busy] what is under way
 * @property {string | undefined} [better] a source that a full check found better than the live file
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
export function groupOf({ verdict, salvage }) {
  const group = GROUPS[verdict];
  const isRestOnly = group === "lost" || group === "complete";
  return isRestOnly && salvage && !salvage.merged ? "salvageable" : group;
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

/** @param {Session} session */
export function isSalvaged(session) {
  return isRestored(session) && session.outcome?.salvaged !== undefined;
}

/**
 * Whether a damaged file holds messages that a restore does not, or did not, bring back.
 *
 * @param {Session} session
 */
export function isSalvageable(session) {
  const isOffered = session.status.salvage !== undefined && standing(session) !== "unclear";
  // After a restore, only an undo leads to what would have been merged.
  const isMissed = isRestored(session) && isMerge(session);
  return isOffered && !isSalvaged(session) && !isMissed;
}

/**
 * Whether a salvage restores the backup, and adds what is left of the live file.
 *
 * @param {Session} session
 */
export function isMerge({ status: { salvage } }) {
  return salvage?.merged === true && !salvage.forced;
}

/**
 * Whether that file holds more messages than the live file does, or will after a restore.
 *
 * @param {Session} session
 */
export function isDueToSalvage(session) {
  return isSalvageable(session) && !session.status.salvage?.merged;
}

/**
 * How many messages a salvage brings back to the live file as it is now.
 *
 * @param {Session} session
 */
export function salvageGain(session) {
  const { status } = session;
  const { messages = 0, gained = 0 } = status.salvage ?? {};
  if (isMerge(session)) {
    return status.bak_messages + gained - Math.max(0, status.live_messages);
  }
  const isBackupSkipped = status.recommend === "restore" && !isRestored(session);
  return isBackupSkipped ? messages - Math.max(0, status.live_messages) : gained;
}

/**
 * The damaged file, by the name that it has now.
 *
 * @param {Session} session
 */
export function damagedName({ id, status, outcome }) {
  const name = status.salvage?.name ?? "";
  const isReplaced = name === `${id}.json` && outcome?.restored;
  return (isReplaced && outcome.kept) || name;
}

/**
 * What is known of the damaged file. Of a kept one it is only how many messages it holds.
 *
 * @param {Session} session
 */
export function remainsOf({ id, status }) {
  const { live, bak, salvage } = status;
  return { [`${id}.json`]: live.salvage, [`${id}.json.bak`]: bak.salvage }[salvage?.name ?? ""];
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
  const wasDue = isRestorable(session) || isGuarded(session) || isSalvageable(session);
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

/** Those that need attention, the most urgent first. */
export const ATTENTION = /** @type {const} */ ([
  "restorable",
  "missing",
  "better",
  "salvageable",
  "unclear",
  "lost",
]);

/** All places, in the order in which the page lists them. */
export const PLACES = /** @type {Place[]} */ ([...ATTENTION, "guarded", "complete", "restored"]);

/**
 * @param {Session} session
 * @returns {Place}
 */
export function placeOf(session) {
  if (isRestored(session)) {
    return isDueToSalvage(session) ? "salvageable" : "restored";
  }
  const place = standing(session);
  const isElse = place === "complete" || place === "lost" || place === "salvageable";
  return isElse && session.better !== undefined ? "better" : place;
}

/** @param {Session} session */
export function needsAttention(session) {
  return /** @type {Place[]} */ ([...ATTENTION]).includes(placeOf(session));
}

/**
 * How many messages come back if the session is restored as the page proposes.
 *
 * @param {Session} session
 */
export function proposal(session) {
  if (isRestorable(session) || isGuarded(session)) {
    return gain(session.status);
  }
  return isDueToSalvage(session) ? salvageGain(session) : 0;
}

/**
 * @typedef {object} Tally
 * @property {number} sessions
 * @property {Record<Place, number>} at how many are counted where; the sum is `sessions`
 * @property {number} attention how many need attention
 * @property {number} different how many live files lack some of the backup's messages
 * @property {number} restorable
 * @property {number} lostMessages that come back if all is restored
 * @property {number} salvageable
 * @property {number} more messages that come back only by a salvage
 * @property {number} failed how many of the restorable ones could not be restored
 * @property {number} restored
 * @property {number} messagesBack that came back
 */

/**
 * @param {Iterable<Session>} sessions
 * @returns {Tally}
 */
export function tally(sessions) {
  const at = /** @type {Record<Place, number>} */ (
    Object.fromEntries(PLACES.map((place) => [place, 0]))
  );
  const sum = {
    at,
    sessions: 0,
    attention: 0,
    different: 0,
    restorable: 0,
    lostMessages: 0,
    salvageable: 0,
    more: 0,
    failed: 0,
    restored: 0,
    messagesBack: 0,
  };
  for (const session of sessions) {
    sum.sessions += 1;
    at[placeOf(session)] += 1;
    sum.attention += needsAttention(session) ? 1 : 0;
    if (isDueToSalvage(session)) {
      sum.salvageable += 1;
      sum.more += session.status.salvage?.gained ?? 0;
    }
    if (isRestored(session)) {
      sum.restored += 1;
      sum.messagesBack += session.back ?? 0;
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
  sum.different += status.verdict === "different" ? 1 : 0;
  if (isRestorable(session)) {
    sum.restorable += 1;
    sum.lostMessages += gain(status);
    sum.failed += failureOf(session) === undefined ? 0 : 1;
  }
}
