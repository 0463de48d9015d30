// The routes that take restores back: that of a session, or all of a run.

import { undoableIn } from "../src/runs.js";
import { toJson } from "./answers.js";
import { Refusal } from "./failures.js";
import { answerOutcome } from "./outcomes.js";
import { newRun } from "./runs.js";
import { logOutcome } from "./sweep.js";

/** @import { FastifyBaseLogger, FastifyInstance } from "fastify" */
/** @import { SessionRecovery } from "session-recovery" */
/** @import { Parts } from "./api.js" */
/** @import { Undone } from "./shapes.js" */

const YES_OR_NO = { type: "boolean" };

const ONE_SESSION = {
  type: "object",
  properties: { session_id: { type: "string" }, dry_run: YES_OR_NO },
  required: ["session_id"],
  additionalProperties: false,
};

const ONE_RUN = {
  type: "object",
  properties: { run: { type: "string", minLength: 1, maxLength: 64 }, dry_run: YES_OR_NO },
  required: ["run"],
  additionalProperties: false,
};

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
export function addUndos(server, { recovery, exclusively, closing }) {
  server.post("/undo", { schema: { body: ONE_SESSION } }, async ({ body, log }, reply) => {
    const { session_id, dry_run } = /** @type {{ session_id: string, dry_run?: boolean }} */ (body);
    const outcome = await recovery.undo(session_id, { dryRun: dry_run ?? false, run: newRun() });
    return answerOutcome(outcome, log, reply);
  });

  server.post("/undo-run", { schema: { body: ONE_RUN } }, async ({ body, log }) => {
    const { run, dry_run = false } = /** @type {{ run: string, dry_run?: boolean }} */ (body);
    return exclusively(() => undoRun(recovery, run, { dryRun: dry_run, signal: closing }, log));
  });
}

/**
 * @param {SessionRecovery} recovery
 * @param {string} run
 * @param {{ dryRun: boolean, signal: AbortSignal }} how
 * @param {FastifyBaseLogger} log
 * @returns {Promise<Undone>}
 */
async function undoRun(recovery, run, how, log) {
  if (undoableIn(await recovery.history(), run).length === 0) throw noSuchRun();
  const outcomes = await recovery.undoRun(run, { ...how, run: newRun() });
  const { sessions } = toJson("undo-run", outcomes, how.dryRun);
  for (const outcome of sessions) {
    logOutcome(log, outcome);
  }
  const undone = sessions.filter(({ restored }) => restored).length;
  const failed = sessions.filter(({ action }) => action === "failed").length;
  return { sessions, undone, failed };
}

function noSuchRun() {
  const message = "There is no such run that can be undone.";
  return new Refusal(404, "no_such_run", message, "Load the history again.");
}
