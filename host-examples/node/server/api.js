// The HTTP interface: each route answers with the JSON that the command prints.

import { toJson } from "./answers.js";
import { Refusal } from "./failures.js";
import { onlySameOrigin } from "./guard.js";
import { NDJSON, startLines, wantsLines } from "./lines.js";
import { toListing } from "./listing.js";
import { mutex } from "./mutex.js";
import { addRepairs } from "./repairs.js";
import { logOutcome, sweep } from "./sweep.js";

/** @import { FastifyBaseLogger, FastifyInstance, FastifyReply } from "fastify" */
/** @import { Outcome, SessionRecovery, Status } from "session-recovery" */
/** @import { Exclusively } from "./mutex.js" */

/**
 * @typedef {object} Parts
 * @property {SessionRecovery} recovery
 * @property {Exclusively} exclusively runs what changes many sessions
 * @property {(reply: FastifyReply) => AbortSignal} stopSignal aborted when nobody waits for the answer
 * @property {AbortSignal} closing aborted when the server closes
 * @property {<Answer>(answer: Answer) => Answer} cleaned an answer without absolute paths
 */

const YES_OR_NO = { type: "boolean" };

const ALL_SESSIONS = {
  type: "object",
  properties: { merge: YES_OR_NO, salvage: YES_OR_NO, dry_run: YES_OR_NO },
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
  const parts = { recovery, exclusively: mutex(busy), cleaned, ...stopSignals(server) };
  server.addHook("onRequest", onlySameOrigin);
  addRecover(server, parts);
  addUndo(server, parts);
  addStatus(server, parts);
  addDirectory(server, parts);
  addRecoverAll(server, parts);
  addRepairs(server, parts);
}

function busy() {
  const remedy = "Wait until it has finished, then try again.";
  return new Refusal(409, "busy", "Another restore is running.", remedy);
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
  const flags = {
    merge: YES_OR_NO,
    ignore_guards: YES_OR_NO,
    salvage: YES_OR_NO,
    force: YES_OR_NO,
    dry_run: YES_OR_NO,
  };
  server.post("/recover", { schema: { body: oneSession(flags) } }, async ({ body, log }, reply) => {
    const { session_id, ...given } =
      /** @type {{ session_id: string } & Partial<Record<keyof typeof flags, boolean>>} */ (body);
    const { merge = false, salvage = false, force = false } = given;
    const { ignore_guards: ignoreGuards = false, dry_run: dryRun = false } = given;
    const options = { merge, ignoreGuards, salvage, force, dryRun };
    const outcome = await recovery.recover(session_id, options);
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
  const answer = toJson("recover", outcome);
  logOutcome(log, answer);
  if (answer.action !== "failed") {
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
    return toJson("inspect", await recovery.inspect(session_id));
  });
}

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
function addDirectory(server, { recovery, stopSignal, cleaned }) {
  server.get("/recovery", async (request, reply) => {
    const signal = stopSignal(reply);
    const listing = toListing(await recovery.sessions());
    if (!wantsLines(request)) {
      const statuses = await recovery.inspectAll({ signal });
      return { ...listing, sessions: statuses.map(compared) };
    }
    const lines = await startLines(async (send) => {
      await send(listing);
      await recovery.inspectAll({
        signal,
        onProgress: ({ done, total, statuses }) =>
          send({ done, total, sessions: statuses.map(compared) }),
      });
    }, cleaned);
    return reply.type(NDJSON).send(lines);
  });
}

/** @param {Status} status */
function compared(status) {
  return toJson("inspect", status);
}

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
function addRecoverAll(server, { recovery, exclusively, stopSignal, cleaned }) {
  server.post("/recover-all", { schema: { body: ALL_SESSIONS } }, async (request, reply) => {
    const {
      merge = false,
      salvage = false,
      dry_run: dryRun = false,
    } = /** @type {{ merge?: boolean, salvage?: boolean, dry_run?: boolean }} */ (request.body);
    const how = { merge, salvage, dryRun };
    const options = { recovery, ...how, log: request.log, signal: stopSignal(reply) };
    if (!wantsLines(request)) {
      return exclusively(() => sweep(options));
    }
    const lines = await startLines(async (send) => {
      await send({ summary: await exclusively(() => sweep({ ...options, onPart: send })) });
    }, cleaned);
    return reply.type(NDJSON).send(lines);
  });
}
