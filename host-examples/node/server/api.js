// The HTTP interface to the recovery: each route answers with the JSON that the other hosts print.

import { outcomeJson, statusJson, summaryJson } from "session-recovery/json";
import { Refusal, refuseMissing } from "./failures.js";
import { onlySameOrigin } from "./guard.js";
import { NDJSON, startLines, wantsLines } from "./lines.js";
import { toListing } from "./listing.js";
import { mutex } from "./mutex.js";
import { addRepairs } from "./repairs.js";
import { countFailed, logOutcome, sweep } from "./sweep.js";

/** @import { FastifyBaseLogger, FastifyInstance, FastifyReply } from "fastify" */
/** @import { Outcome, SessionRecovery, Status, Summary, SweepProgress } from "session-recovery" */
/** @import { Alone } from "./mutex.js" */

/**
 * @typedef {object} Parts
 * @property {SessionRecovery} recovery
 * @property {Alone} alone for what changes many sessions
 * @property {(reply: FastifyReply) => AbortSignal} stopSignal aborted when nobody waits any more
 * @property {AbortSignal} closing aborted when the server closes
 * @property {<Answer>(answer: Answer) => Answer} cleaned an answer without absolute paths
 */

const YES_OR_NO = { type: "boolean" };

const ALL_SESSIONS = {
  type: "object",
  properties: { merge: YES_OR_NO, dry_run: YES_OR_NO },
  additionalProperties: false,
};

/** @param {Record<string, object>} others */
function oneSession(others = {}) {
  return {
    type: "object",
    properties: { session_id: { type: "string" }, ...others },
    required: ["session_id"],
    additionalProperties: false,
  };
}

/**
 * @param {FastifyInstance} server
 * @param {Pick<Parts, "recovery" | "cleaned">} options
 */
export async function api(server, { recovery, cleaned }) {
  const parts = { recovery, alone: mutex(busy), cleaned, ...stopSignals(server) };
  server.addHook("onRequest", onlySameOrigin);
  addRecover(server, parts);
  addUndo(server, parts);
  addStatus(server, parts);
  addDirectory(server, parts);
  addRecoverAll(server, parts);
  addRepairs(server, parts);
}

function busy() {
  return new Refusal(409, "busy", "Sessions are being restored already; wait for the end.");
}

/**
 * @param {FastifyInstance} server
 * @returns {Pick<Parts, "stopSignal" | "closing">}
 */
function stopSignals(server) {
  const closing = new AbortController();
  server.addHook("preClose", async () => closing.abort());
  /** @type {Parts["stopSignal"]} */
  const stopSignal = ({ raw }) => {
    const gone = new AbortController();
    raw.once("close", () => gone.abort());
    return AbortSignal.any([gone.signal, closing.signal]);
  };
  return { stopSignal, closing: closing.signal };
}

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
function addRecover(server, { recovery }) {
  const flags = { merge: YES_OR_NO, ignore_guards: YES_OR_NO, dry_run: YES_OR_NO };
  server.post("/recover", { schema: { body: oneSession(flags) } }, async ({ body, log }, reply) => {
    const { session_id, ...given } =
      /** @type {{ session_id: string } & Partial<Record<keyof typeof flags, boolean>>} */ (body);
    const { merge = false, ignore_guards: ignoreGuards = false, dry_run: dryRun = false } = given;
    const outcome = await recovery.recover(session_id, { merge, ignoreGuards, dryRun });
    return answerOutcome(outcome, log, reply);
  });
}

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
function addUndo(server, { recovery }) {
  const schema = { body: oneSession({ dry_run: YES_OR_NO }) };
  server.post("/undo", { schema }, async ({ body, log }, reply) => {
    const { session_id, dry_run } = /** @type {{ session_id: string, dry_run?: boolean }} */ (body);
    const outcome = await recovery.undo(session_id, { dryRun: dry_run ?? false });
    return answerOutcome(outcome, log, reply);
  });
}

/**
 * @param {Outcome} outcome
 * @param {FastifyBaseLogger} log
 * @param {FastifyReply} reply
 */
function answerOutcome(outcome, log, reply) {
  if (outcome.action === "nothing") {
    refuseUnknown(outcome.status);
  }
  logOutcome(log, outcome);
  const answer = outcomeJson(outcome);
  if (outcome.action !== "failed") {
    return answer;
  }
  reply.code(500);
  return { ...answer, code: answer.errors?.[0]?.code };
}

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
function addStatus(server, { recovery }) {
  const schema = { querystring: oneSession() };
  server.get("/recovery/status", { schema }, async ({ query }) => {
    const { session_id } = /** @type {{ session_id: string }} */ (query);
    const status = await recovery.inspect(session_id);
    refuseUnknown(status);
    return statusJson(status);
  });
}

/** @param {Status} status */
function refuseUnknown({ live, backup, reason }) {
  if (live.state === "missing" && backup.state === "missing") {
    throw new Refusal(404, "unknown_session", reason);
  }
}

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
function addDirectory(server, { recovery, stopSignal, cleaned }) {
  server.get("/recovery", async (request, reply) => {
    const signal = stopSignal(reply);
    refuseMissing(recovery);
    const listing = toListing(await recovery.sessions());
    if (!wantsLines(request)) {
      const statuses = await recovery.inspectAll({ signal });
      return { ...listing, sessions: statuses.map(statusJson) };
    }
    const lines = await startLines(async (send) => {
      await send(listing);
      await recovery.inspectAll({
        signal,
        onProgress: ({ done, total, statuses }) =>
          send({ done, total, sessions: statuses.map(statusJson) }),
      });
    }, cleaned);
    return reply.type(NDJSON).send(lines);
  });
}

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
function addRecoverAll(server, { recovery, alone, stopSignal, cleaned }) {
  server.post("/recover-all", { schema: { body: ALL_SESSIONS } }, async (request, reply) => {
    const { merge = false, dry_run: dryRun = false } =
      /** @type {{ merge?: boolean, dry_run?: boolean }} */ (request.body);
    const options = { recovery, merge, dryRun, log: request.log, signal: stopSignal(reply) };
    refuseMissing(recovery);
    if (!wantsLines(request)) {
      return toSummary(await alone(() => sweep(options)), dryRun);
    }
    const lines = await startLines(async (send) => {
      const onProgress = (/** @type {SweepProgress} */ { done, total, outcomes }) =>
        send({ done, total, sessions: outcomes.map(outcomeJson) });
      const summary = await alone(() => sweep({ ...options, onProgress }));
      await send({ summary: toSummary(summary, dryRun) });
    }, cleaned);
    return reply.type(NDJSON).send(lines);
  });
}

/**
 * @param {Summary} summary
 * @param {boolean} dryRun
 */
function toSummary(summary, dryRun) {
  return { ...summaryJson(summary, dryRun), failed: countFailed(summary) };
}
