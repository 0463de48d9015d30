// What a session's two files mean for the one who looks after them.

/** @import { Outcome, Status } from "../shapes.js" */

/** @typedef {"hurt" | "orphan" | "unclear" | "lost" | "guarded" | "fine"} Group */

/**
 * What a button does: "anyway" restores what is left alone on purpose.
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
 * @property {string | undefined} [failure] why there is no answer to a restore
 * @property {string | undefined} [news] what came of an undo
 * @property {Deed | undefined} [busy] what is under way
 */

/**
 * @param {Status} status
 * @returns {Group}
 */
export function groupOf(status) {
  const { live, bak, recommend, guard, error } = status;
  if (guard !== undefined) {
    return "guarded";
  }
  if (recommend === "restore" && error === undefined) {
    return live.state === "missing" ? "orphan" : "hurt";
  }
  if (live.state === "undecided" || recommend === "restore" || isWithheld(status)) {
    return "unclear";
  }
  if (live.state === "readable") {
    return "fine";
  }
  return bak.state === "undecided" ? "unclear" : "lost";
}

/**
 * Whether the backup holds more and is not used, as not every interpreter reads it.
 *
 * @param {Status} status
 */
export function isWithheld({ live_messages, bak_messages, live, recommend }) {
  return live.state === "readable" && bak_messages > live_messages && recommend !== "restore";
}

/**
 * How many messages a restore brings back: those of the backup that the live file does not hold.
 *
 * @param {Status} status
 */
export function gain(status) {
  const more = status.bak_messages - Math.max(0, status.live_messages);
  return status.backup_only ?? Math.max(0, more);
}

/** @param {Session} session */
export function isRestored({ outcome }) {
  return outcome?.restored ?? false;
}

/**
 * Whether there is a file that holds what the restore replaced.
 *
 * @param {Session} session
 */
export function isUndoable(session) {
  return isRestored(session) && session.outcome?.kept !== undefined;
}

/**
 * How many messages stand in the live file alone.
 *
 * @param {Status} status
 */
export function liveOnly({ live_only }) {
  return live_only ?? 0;
}

/** @param {Session} session */
export function isRestorable(session) {
  return ["hurt", "orphan"].includes(standing(session)) && !isRestored(session);
}

/**
 * Whether it is left alone on purpose, and may be restored anyway.
 *
 * @param {Session} session
 */
export function isGuarded(session) {
  return standing(session) === "guarded" && !isRestored(session);
}

/**
 * Why a restore failed, if it did.
 *
 * @param {Session} session
 */
export function failureOf(session) {
  const { outcome, failure } = session;
  const wasDue = isRestorable(session) || isGuarded(session);
  const hasFailed = outcome?.action === "failed" && wasDue;
  return failure ?? (hasFailed ? outcome.error : undefined);
}

/**
 * The group a session belongs to by now, which a restore found out; a failed one moves nothing.
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
    left: { hurt: 0, orphan: 0, unclear: 0, lost: 0, guarded: 0, fine: 0 },
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
  if (isRestorable(session)) {
    sum.restorable += 1;
    sum.lostMessages += gain(status);
    sum.liveOnly += liveOnly(status);
    sum.damaged += status.live.state === "unreadable" ? 1 : 0;
    sum.failed += failureOf(session) === undefined ? 0 : 1;
  }
}
