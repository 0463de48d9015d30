// The routes that look for everything that is wrong, plan what mends it, and do what was planned.

import { auditJson, planJson, repairJson } from "session-recovery/json";
import { CHANGES, toChange } from "./changes.js";
import { refuseMissing } from "./failures.js";

/** @import { FastifyBaseLogger, FastifyInstance } from "fastify" */
/** @import { Change as PlannedChange, RepairResult, SessionRecovery } from "session-recovery" */
/** @import { Parts } from "./api.js" */
/** @import { Change } from "./shapes.js" */

/** A plan may have a change for each of many thousand sessions. */
const LONGEST_PLAN = 16 * 1024 * 1024;

const NOTHING = { type: "object", additionalProperties: false };

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
export function addRepairs(server, { recovery, alone, stopSignal }) {
  server.get("/recovery/audit", async (_request, reply) => {
    refuseMissing(recovery);
    return auditJson(await recovery.audit({ signal: stopSignal(reply) }));
  });

  server.get("/recovery/plan", async (_request, reply) => {
    refuseMissing(recovery);
    return planJson(await recovery.plan({ signal: stopSignal(reply) }));
  });

  const planned = { schema: { body: CHANGES }, bodyLimit: LONGEST_PLAN };
  server.post("/recovery/repair", planned, async ({ body, log }, reply) => {
    const { changes } = /** @type {{ changes: Change[] }} */ (body);
    refuseMissing(recovery);
    const results = await alone(() => repair(recovery, changes.map(toChange), log));
    reply.code(results.every(({ done }) => done) ? 200 : 409);
    return repairJson(results);
  });

  server.post("/recovery/repair-safe", { schema: { body: NOTHING } }, async ({ log }, reply) => {
    const signal = stopSignal(reply);
    refuseMissing(recovery);
    const answer = await alone(() => repairAll(recovery, log, signal));
    reply.code(answer.clean ? 200 : 409);
    return answer;
  });
}

/**
 * Mends what can be mended, between two audits.
 *
 * @param {SessionRecovery} recovery
 * @param {FastifyBaseLogger} log
 * @param {AbortSignal} signal ends the audits and the plan, though no repair
 */
async function repairAll(recovery, log, signal) {
  const before = auditJson(await recovery.audit({ signal }));
  const { changes, withheld } = await recovery.plan({ signal });
  const results = await repair(recovery, changes, log);
  const after = auditJson(await recovery.audit({ signal }));
  const clean = after.summary.repairable + after.summary.unsafe_to_repair === 0;
  return { clean, ok: clean, ...repairJson(results, withheld), before, after };
}

/**
 * @param {SessionRecovery} recovery
 * @param {PlannedChange[]} changes
 * @param {FastifyBaseLogger} log
 */
async function repair(recovery, changes, log) {
  const results = await recovery.repair(changes);
  for (const result of results) {
    logResult(log, result);
  }
  return results;
}

const DONE = {
  restore: "restored",
  "remove-leftover": "removed what an interrupted restore left",
  "set-index-aside": "set the application's index aside",
};

/**
 * @param {FastifyBaseLogger} log
 * @param {RepairResult} result
 */
function logResult(log, { change, done, errors, kept }) {
  const { kind, sessionId, source, target } = change;
  const record = { session_id: sessionId, source, target, kept };
  if (!done) {
    log.warn({ ...record, kind, errors }, "a planned change was not made");
  } else if (errors.length > 0) {
    log.warn({ ...record, errors }, `${DONE[kind]}, but not all went well`);
  } else {
    log.info(record, DONE[kind]);
  }
}
