// A sweep with a record of it in the log: restoring replaces files, and somebody will ask which.

/** @import { FastifyBaseLogger } from "fastify" */
/** @import { Outcome, SessionRecovery, Summary } from "session-recovery" */

/**
 * @typedef {object} Sweep
 * @property {SessionRecovery} recovery
 * @property {FastifyBaseLogger} log
 * @property {AbortSignal} signal
 * @property {boolean} [merge] whether messages that only a live file holds are added
 * @property {boolean} [dryRun] whether it is only told what would be restored
 * @property {(progress: { done: number, total: number, outcomes: Outcome[] }) => unknown} [onProgress]
 */

/**
 * @param {Sweep} options
 * @returns {Promise<Summary>}
 */
export async function sweep({ recovery, log, signal, merge = false, dryRun = false, onProgress }) {
  const summary = await recovery.recoverAll({
    merge,
    dryRun,
    signal,
    async onProgress(progress) {
      for (const outcome of progress.outcomes) {
        logOutcome(log, outcome);
      }
      await onProgress?.(progress);
    },
  });
  logSummary(log, summary);
  return summary;
}

/**
 * @param {FastifyBaseLogger} log
 * @param {Outcome} outcome
 */
export function logOutcome(log, { status, action, errors, source, merged, kept }) {
  const { sessionId: session_id, guard, live } = status;
  const session = { session_id, live: live.state, guard, source, merged, kept };
  if (action === "restored") {
    log.info(session, "restored");
  } else if (action === "restored-unconfirmed") {
    log.warn({ ...session, errors }, "restored, but the directory could not be synced");
  } else if (action === "failed") {
    log.warn({ ...session, errors }, "not restored");
  }
}

/**
 * @param {FastifyBaseLogger} log
 * @param {Summary} summary
 */
function logSummary(log, summary) {
  const { scanned, restored, orphans, oddities } = summary;
  for (const { code, message } of oddities) {
    log.warn({ code }, message);
  }
  const counts = {
    scanned,
    restored,
    failed: countFailed(summary),
    orphans: orphans.length,
    guarded: countGuarded(summary),
  };
  log.info(counts, `${scanned} sessions scanned, ${restored} restored`);
}

/**
 * How many were left alone because that is how their users want them.
 *
 * @param {Summary} summary
 */
function countGuarded({ sessions }) {
  return sessions.filter(({ status }) => status.guard !== undefined).length;
}

/** @param {Summary} summary */
export function countFailed({ sessions }) {
  return sessions.filter(({ action }) => action === "failed").length;
}
