// Answers as JSON: the keys of the Python module that this replaces, and further keys that it
// lacks.

import { failure, present, underscored } from "./shapes.js";

/** @import { Entry, Failure, File, Note, Outcome, Problem, Status, Summary } from "./types.js" */

export { auditJson, planJson, purgeJson, repairJson } from "./audit-json.js";
export { document } from "./shapes.js";

/**
 * What is told of an outcome besides its status.
 *
 * @typedef {object} Told
 * @property {boolean} [restored]
 * @property {string | undefined} error
 * @property {string} [action]
 * @property {string | undefined} [source]
 * @property {number | undefined} [merged]
 * @property {string | undefined} [kept]
 * @property {Failure[] | undefined} [errors]
 */

/** @param {Status} status */
export function statusJson(status) {
  return session(status, { error: status.obstacle?.message });
}

/** @param {Outcome} outcome */
export function outcomeJson({ status, action, errors, source, merged, kept }) {
  return session(status, {
    restored: isRestored(action),
    error: action === "failed" ? errors[0]?.message : undefined,
    action: underscored(action),
    source,
    merged: merged > 0 ? merged : undefined,
    kept,
    errors: errors.length > 0 ? errors.map(failure) : undefined,
  });
}

/**
 * @param {Summary} summary
 * @param {boolean} dryRun
 */
export function summaryJson({ scanned, restored, sessions, orphans, oddities }, dryRun) {
  return {
    scanned,
    restored,
    orphaned_backups: sessions.filter(isOrphaned).length,
    details: sessions.filter(({ action }) => isRestored(action)).map(outcomeJson),
    dry_run: dryRun,
    sessions: sessions.map(outcomeJson),
    orphans,
    oddities: oddities.map(failure),
  };
}

/** @param {Entry[]} entries */
export function entriesJson(entries) {
  const sessions = entries.map(({ sessionId = null, live, backup, oddity }) =>
    present({ session_id: sessionId, live, bak: backup, oddity: oddity && failure(oddity) }),
  );
  return { sessions };
}

/** @param {Failure} error */
export function errorJson({ code, message }) {
  return { error: message, code: underscored(code) };
}

/**
 * What the original says of a session, and more.
 *
 * @param {Status} status
 * @param {Told} outcome
 */
function session(status, outcome) {
  const { sessionId, live, backup, recommendation, guard, reason, notes } = status;
  return present({
    session_id: sessionId,
    live_messages: live.messages ?? -1,
    bak_messages: backup.messages ?? -1,
    recommend: underscored(recommendation),
    restored: outcome.restored,
    error: outcome.error,
    intentional_clear_truncate: guard === "cleared" || undefined,
    intentional_compress_shrink: guard === "compressed" || undefined,
    intentional_message_shrink: guard === "undone" || undefined,
    action: outcome.action,
    guard: guard && underscored(guard),
    reason,
    live: file(live),
    bak: file(backup),
    live_only: status.liveOnly,
    backup_only: status.backupOnly,
    notes: notes.length > 0 ? notes.map(noteJson) : undefined,
    source: outcome.source,
    merged: outcome.merged,
    kept: outcome.kept,
    errors: outcome.errors,
  });
}

/** @param {Note} note */
function noteJson({ kind, message }) {
  return { kind: underscored(kind), message };
}

/** @param {File} file */
function file({ state, bytes, problem }) {
  return present({ state, bytes, problem: problem && problemJson(problem) });
}

/** @param {Problem} problem */
function problemJson({ kind, offset, expected, message }) {
  return present({ kind: underscored(kind), offset, expected, message });
}

/**
 * Whether a backup without a live file was put in place, or should have been.
 *
 * @param {Outcome} outcome
 */
function isOrphaned({ status, source }) {
  const isDue = status.recommendation === "restore" || source !== undefined;
  return status.live.state === "missing" && isDue;
}

/** @param {Outcome["action"]} action */
function isRestored(action) {
  return action === "restored" || action === "restored-unconfirmed";
}
