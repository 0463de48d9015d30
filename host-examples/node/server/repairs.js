// The routes that look for everything that is wrong, plan what mends it, and do what was planned.

import { auditJson, planJson, repairJson } from "session-recovery/json";
import { CHANGES, stillPlanned, toChange } from "./changes.js";
import { refuseMissing } from "./failures.js";

/** @import { FastifyBaseLogger, FastifyInstance } from "fastify" */
/** @import { Change as PlannedChange, RepairResult, SessionRecovery } from "session-recovery" */
/** @import { Parts } from "./api.js" */
/** @import { Change } from "./shapes.js" */

/** A plan may have a change for each of many thousand sessions. */
const LONGEST_PLAN = 16 * 1024 * 1024;

const ALL = {
  type: "object",
  properties: { dry_run: { type: "boolean" } },
  additionalProperties: false,
};

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
export function addRepairs(server, { recovery, alone, stopSignal, closing }) {
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
    const { changes: given, dry_run } = /** @type {{ changes: Change[], dry_run?: boolean }} */ (
      body
    );
    const changes = given.map(toChange);
    refuseMissing(recovery);
    if (dry_run) {
      const plan = await recovery.plan({ signal: stopSignal(reply) });
      return planJson({ changes: stillPlanned(changes, plan.changes), withheld: [] });
    }
    const results = await alone(() => repair(recovery, changes, log, closing));
    reply.code(results.every(({ done }) => done) ? 200 : 409);
    return repairJson(results);
  });

  server.post("/recovery/repair-safe", { schema: { body: ALL } }, async ({ body, log }, reply) => {
    const signal = stopSignal(reply);
    refuseMissing(recovery);
    if (/** @type {{ dry_run?: boolean }} */ (body).dry_run) {
      return planJson(await recovery.plan({ signal }));
    }
    const answer = await alone(() => repairAll(recovery, log, signal, closing));
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
 * @param {AbortSignal} closing ends the repair
 */
async function repairAll(recovery, log, signal, closing) {
  const before = auditJson(await recovery.audit({ signal }));
  const { changes, withheld } = await recovery.plan({ signal });
  const results = await repair(recovery, changes, log, closing);
  const after = auditJson(await recovery.audit({ signal }));
  const clean = after.summary.repairable + after.summary.unsafe_to_repair === 0;
  return { clean, ok: clean, ...repairJson(results, withheld), before, after };
}

/**
 * @param {SessionRecovery} recovery
 * @param {PlannedChange[]} changes
 * @param {FastifyBaseLogger} log
 * @param {AbortSignal} signal
 */
async function repair(recovery, changes, log, signal) {
  const results = await recovery.repair(changes, { signal });
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
