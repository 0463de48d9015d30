// A sweep that is recorded in the log, so that it can be seen later which files it replaced.

import { toJson } from "./answers.js";
import { newRun } from "./runs.js";

/** @import { FastifyBaseLogger } from "fastify" */
/** @import { SessionRecovery } from "session-recovery" */
/** @import { SweepOptions } from "../src/types.js" */
/** @import { Outcome, Summary } from "./shapes.js" */

/**
 * @typedef {object} Sweep
 * @property {SessionRecovery} recovery
 * @property {FastifyBaseLogger} log
 * @property {AbortSignal} signal
 * @property {string[] | undefined} [ids] of those that are swept, if not all are
 * @property {boolean} [merge] whether messages that only a live file holds are added
 * @property {boolean} [salvage] whether damaged files count as their whole messages
 * @property {boolean} [best] whether the best source is taken, and not the backup
 * @property {boolean} [dryRun]
 * @property {(part: { done: number, total: number, sessions: Outcome[] }) => unknown} [onPart]
 */

/**
 * @param {Sweep} options
 * @returns {Promise<Summary>}
 */
export async function sweep({ recovery, log, signal, onPart, ids, ...how }) {
  const { merge = false, salvage = false, best = false, dryRun = false } = how;
  const run = dryRun ? undefined : newRun();
  /** @type {SweepOptions} */
  const options = {
    merge,
    salvage,
    best,
    dryRun,
    signal,
    ...(run && { run }),
    async onProgress({ done, total, outcomes }) {
      const sessions = outcomes.map((outcome) => toJson("recover", outcome));
      for (const outcome of sessions) {
        logOutcome(log, outcome);
      }
      await onPart?.({ done, total, sessions });
    },
  };
  const answer = await (ids ? recovery.recoverSome(ids, options) : recovery.recoverAll(options));
  const summary = toJson("recover-all", answer, dryRun);
  const failed = summary.sessions.filter(({ action }) => action === "failed").length;
  logSummary(log, { ...summary, failed });
  return { ...summary, failed, ...(run && { run }) };
}

/**
 * @param {FastifyBaseLogger} log
 * @param {Outcome} outcome
 */
export function logOutcome(log, { session_id, live, guard, source, merged, kept, ...outcome }) {
  const { action, errors, salvage, salvaged } = outcome;
  const session = { session_id, live: live.state, guard, source, salvaged, merged, kept };
  if (action === "restored") {
    log.info(session, "restored");
  } else if (action === "restored_unconfirmed") {
    log.warn({ ...session, errors }, "restored, but the directory could not be synced");
  } else if (action === "failed") {
    log.warn({ ...session, errors }, "not restored");
  }
  if (salvage && salvaged === undefined) {
    log.info({ session_id, kept, ...salvage }, "a damaged file holds more messages");
  }
}

/**
 * @param {FastifyBaseLogger} log
 * @param {Summary} summary
 */
function logSummary(log, { scanned, restored, failed, sessions, orphans, oddities }) {
  for (const { code, message, remedy } of oddities) {
    log.warn({ code, remedy }, message);
  }
  const guarded = sessions.filter(({ guard }) => guard !== undefined).length;
  const counts = { scanned, restored, failed, orphans: orphans.length, guarded };
  log.info(counts, `${scanned} sessions checked, ${restored} restored`);
}
