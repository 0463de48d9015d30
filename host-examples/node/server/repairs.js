// The routes for audits, plans and repairs.

import { toJson } from "./answers.js";
import { CHANGES, stillPlanned, toChange } from "./changes.js";
import { newRun } from "./runs.js";

/** @import { FastifyBaseLogger, FastifyInstance } from "fastify" */
/** @import { Plan, SessionRecovery } from "session-recovery" */
/** @import { Parts } from "./api.js" */
/** @import { Change, Repaired } from "./shapes.js" */

/** A plan may have a change for each of many thousand sessions. */
const LONGEST_PLAN = 16 * 1024 * 1024;

const ALL = {
  type: "object",
  properties: { salvage: { type: "boolean" }, dry_run: { type: "boolean" } },
  additionalProperties: false,
};

const PLANNED = {
  type: "object",
  properties: { salvage: { enum: ["true", "false"] } },
  additionalProperties: false,
};

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
export function addRepairs(server, { recovery, exclusively, stopSignal, closing }) {
  server.get("/recovery/audit", async (_request, reply) => {
    return toJson("audit", await recovery.audit({ signal: stopSignal(reply) }));
  });

  server.get("/recovery/plan", { schema: { querystring: PLANNED } }, async ({ query }, reply) => {
    const { salvage } = /** @type {{ salvage?: "true" | "false" }} */ (query);
    const options = { signal: stopSignal(reply), salvage: salvage === "true" };
    return toJson("plan", await recovery.plan(options));
  });

  const planned = { schema: { body: CHANGES }, bodyLimit: LONGEST_PLAN };
  server.post("/recovery/repair", planned, async ({ body, log }, reply) => {
    const { changes: given, dry_run } = /** @type {{ changes: Change[], dry_run?: boolean }} */ (
      body
    );
    const changes = given.map(toChange);
    if (dry_run) {
      const plan = await plannedAtAll(recovery, stopSignal(reply));
      return toJson("plan", { changes: stillPlanned(changes, plan), withheld: [] });
    }
    const plan = { changes, withheld: [] };
    const answer = await exclusively(() => repair(recovery, plan, log, closing));
    reply.code(answer.failed === 0 ? 200 : 409);
    return answer;
  });

  server.post("/recovery/repair-safe", { schema: { body: ALL } }, async ({ body, log }, reply) => {
    const signal = stopSignal(reply);
    const { dry_run, salvage = false } = /** @type {{ dry_run?: boolean, salvage?: boolean }} */ (
      body
    );
    if (dry_run) {
      return toJson("plan", await recovery.plan({ signal, salvage }));
    }
    const answer = await exclusively(() => repairAll(recovery, log, { signal, salvage }, closing));
    reply.code(answer.clean ? 200 : 409);
    return answer;
  });
}

/**
 * What a plan holds now, with the option `salvage` or without it.
 *
 * @param {SessionRecovery} recovery
 * @param {AbortSignal} signal
 */
async function plannedAtAll(recovery, signal) {
  const plain = await recovery.plan({ signal });
  const salvaging = await recovery.plan({ signal, salvage: true });
  return [...plain.changes, ...salvaging.changes];
}

/**
 * Repairs what can be repaired, between two audits.
 *
 * @param {SessionRecovery} recovery
 * @param {FastifyBaseLogger} log
 * @param {{ signal: AbortSignal, salvage: boolean }} how the signal ends the audits and the plan, but
 *   not the repair
 * @param {AbortSignal} closing ends the repair
 */
async function repairAll(recovery, log, { signal, salvage }, closing) {
  const before = toJson("audit", await recovery.audit({ signal }));
  const made = await repair(recovery, await recovery.plan({ signal, salvage }), log, closing);
  const after = toJson("audit", await recovery.audit({ signal }));
  const clean = after.summary.repairable + after.summary.unsafe_to_repair === 0;
  return { clean, ok: clean, ...made, before, after };
}

/**
 * @param {SessionRecovery} recovery
 * @param {Plan} plan
 * @param {FastifyBaseLogger} log
 * @param {AbortSignal} signal
 */
async function repair(recovery, { changes, withheld }, log, signal) {
  const answer = toJson("repair", {
    results: await recovery.repair(changes, { signal, run: newRun() }),
    withheld,
  });
  for (const item of answer.items) {
    logResult(log, item);
  }
  return answer;
}

const DONE = {
  restore: "restored",
  salvage: "salvaged",
  remove_leftover: "removed what an interrupted restore left",
  set_index_aside: "renamed the application's index",
};

/**
 * @param {FastifyBaseLogger} log
 * @param {Repaired} result
 */
function logResult(log, { kind, session_id, source, target, done, errors = [], kept }) {
  const record = { session_id, source, target, kept };
  if (!done) {
    log.warn({ ...record, kind, errors }, "a planned change was not made");
  } else if (errors.length > 0) {
    log.warn({ ...record, errors }, `${DONE[kind]}, with errors`);
  } else {
    log.info(record, DONE[kind]);
  }
}
