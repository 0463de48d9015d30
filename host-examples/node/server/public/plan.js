// Connects the changes of a plan with the sessions that the page shows.

import {
  gain,
  isDueToSalvage,
  isRestorable,
  isRestored,
  liveOnly,
  salvageGain,
} from "./verdict.js";

/** @import { Change, Outcome, Repaired, Status } from "../shapes.js" */
/** @import { Session } from "./verdict.js" */

/**
 * The changes that repair what can be repaired, without a salvage and with one. Where a salvage would
 * bring nothing back, the second has none.
 *
 * @typedef {{ plain: Change[], salvaging: Change[] }} Plans
 */

/**
 * What a plan does to the sessions, in numbers.
 *
 * @typedef {object} Sum
 * @property {number} back messages that it brings back
 * @property {number} more of these, those that only a salvage brings back
 * @property {number} liveOnly messages of live files that its restores leave out
 * @property {number} replaced live files
 * @property {number} damaged how many of these are damaged
 * @property {number} created live files
 */

/**
 * @param {Change[]} changes
 * @param {Iterable<Session>} sessions
 * @returns {Sum}
 */
export function sumOf(changes, sessions) {
  const [restored, salvaged] = [idsOf(changes, "restore"), idsOf(changes, "salvage")];
  const sum = { back: 0, more: 0, liveOnly: 0, replaced: 0, damaged: 0, created: 0 };
  for (const session of sessions) {
    const { id, status } = session;
    if (salvaged.has(id)) {
      sum.back += salvageGain(session);
      sum.more += status.salvage?.gained ?? 0;
    } else if (restored.has(id)) {
      sum.back += gain(status);
      sum.liveOnly += liveOnly(status);
    } else {
      continue;
    }
    const live = isRestored(session) ? "readable" : status.live.state;
    sum.replaced += live === "missing" ? 0 : 1;
    sum.damaged += live === "unreadable" ? 1 : 0;
    sum.created += live === "missing" ? 1 : 0;
  }
  return sum;
}

/**
 * Whether plans restore and salvage what the page says can be restored and salvaged.
 *
 * @param {Plans} plans
 * @param {Iterable<Session>} sessions
 */
export function areAsShown({ plain, salvaging }, sessions) {
  const all = [...sessions];
  const isShown = (/** @type {Set<string>} */ ids, /** @type {Session[]} */ shown) =>
    ids.size === shown.length && shown.every(({ id }) => ids.has(id));
  return (
    isShown(idsOf(plain, "restore"), all.filter(isRestorable)) &&
    isShown(idsOf(salvaging, "salvage"), all.filter(isDueToSalvage))
  );
}

/**
 * @param {Change[]} changes
 * @param {Change["kind"]} kind
 */
function idsOf(changes, kind) {
  const some = changes.filter((change) => change.kind === kind);
  return new Set(some.flatMap(({ session_id }) => session_id ?? []));
}

/**
 * The changes in parts of so many. The leftovers come first and stay together, because removing one
 * may remove others.
 *
 * @param {Change[]} changes
 * @param {number} length
 */
export function inParts(changes, length) {
  const leftovers = changes.filter(({ kind }) => kind === "remove_leftover").length;
  const parts = [changes.slice(0, leftovers + length)];
  for (let start = leftovers + length; start < changes.length; start += length) {
    parts.push(changes.slice(start, start + length));
  }
  return parts;
}

/**
 * The result of a change, as the outcome of a restore.
 *
 * @param {Status} status of its session
 * @param {Repaired} result
 * @returns {Outcome}
 */
export function toOutcome(status, { kind, done, errors = [], source, kept }) {
  const made = errors.length > 0 ? "restored_unconfirmed" : "restored";
  return {
    ...status,
    restored: done,
    action: done ? made : "failed",
    source,
    merged: 0,
    errors,
    ...(kind === "salvage" && status.salvage && { salvaged: status.salvage.messages }),
    ...(kept !== undefined && { kept }),
  };
}
