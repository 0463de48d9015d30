// The HTTP interface to the recovery: each route answers with the JSON that the other hosts print.

import { outcomeJson, statusJson, summaryJson } from "session-recovery/json";
import { Refusal } from "./failures.js";
import { onlySameOrigin } from "./guard.js";
import { NDJSON, startLines, wantsLines } from "./lines.js";
import { toListing } from "./listing.js";
import { oneAtATime } from "./one-at-a-time.js";
import { countFailed, logOutcome, sweep } from "./sweep.js";

/** @import { FastifyInstance, FastifyReply } from "fastify" */
/** @import { SessionRecovery, Status, Summary } from "session-recovery" */

/**
 * @typedef {object} Parts
 * @property {SessionRecovery} recovery
 * @property {(reply: FastifyReply) => AbortSignal} stopSignal aborted when nobody waits any more
 */

const ONE_SESSION = {
  type: "object",
  properties: { session_id: { type: "string" } },
  required: ["session_id"],
  additionalProperties: false,
};

const NOTHING = { type: "object", additionalProperties: false };

/**
 * @param {FastifyInstance} server
 * @param {{ recovery: SessionRecovery }} options
 */
export async function api(server, { recovery }) {
  const parts = { recovery, stopSignal: stopSignals(server) };
  server.addHook("onRequest", onlySameOrigin);
  addRecover(server, parts);
  addStatus(server, parts);
  addDirectory(server, parts);
  addRecoverAll(server, parts);
}

/**
 * @param {FastifyInstance} server
 * @returns {Parts["stopSignal"]}
 */
function stopSignals(server) {
  const closing = new AbortController();
  server.addHook("preClose", async () => closing.abort());
  return ({ raw }) => {
    const gone = new AbortController();
    raw.once("close", () => gone.abort());
    return AbortSignal.any([gone.signal, closing.signal]);
  };
}

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
function addRecover(server, { recovery }) {
  server.post("/recover", { schema: { body: ONE_SESSION } }, async ({ body, log }, reply) => {
    const { session_id } = /** @type {{ session_id: string }} */ (body);
    const outcome = await recovery.recover(session_id);
    refuseUnknown(outcome.status);
    logOutcome(log, outcome);
    if (outcome.action !== "failed") {
      return outcomeJson(outcome);
    }
    reply.code(500);
    const answer = outcomeJson(outcome);
    return { ...answer, code: answer.errors?.[0]?.code };
  });
}

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
function addStatus(server, { recovery }) {
  server.get("/recovery/status", { schema: { querystring: ONE_SESSION } }, async ({ query }) => {
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
 * A directory that is gone, as with a disk that is not mounted, is not an empty one.
 *
 * @param {SessionRecovery} recovery
 */
function refuseMissing({ isMissing, directory }) {
  if (isMissing) {
    throw new Refusal(500, "no_directory", `There is no directory ${directory}.`);
  }
}

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
function addDirectory(server, { recovery, stopSignal }) {
  server.get("/recovery", async (request, reply) => {
    const signal = stopSignal(reply);
    refuseMissing(recovery);
    const listing = toListing(await recovery.sessions());
    if (!wantsLines(request)) {
      const statuses = await recovery.inspectAll({ signal });
      return { ...listing, sessions: statuses.map(statusJson) };
    }
    const lines = await startLines(async (send) => {
      send(listing);
      await recovery.inspectAll({
        signal,
        onProgress: ({ done, total, statuses }) =>
          send({ done, total, sessions: statuses.map(statusJson) }),
      });
    });
    return reply.type(NDJSON).send(lines);
  });
}

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 */
function addRecoverAll(server, { recovery, stopSignal }) {
  const sweepAlone = oneAtATime(
    sweep,
    () => new Refusal(409, "busy", "All sessions are being restored already; wait for the end."),
  );
  server.post("/recover-all", { schema: { body: NOTHING } }, async (request, reply) => {
    const options = { recovery, log: request.log, signal: stopSignal(reply) };
    refuseMissing(recovery);
    if (!wantsLines(request)) {
      return toSummary(await sweepAlone(options));
    }
    const lines = await startLines(async (send) => {
      const summary = await sweepAlone({
        ...options,
        onProgress: ({ done, total, outcomes }) =>
          send({ done, total, sessions: outcomes.map(outcomeJson) }),
      });
      send({ summary: toSummary(summary) });
    });
    return reply.type(NDJSON).send(lines);
  });
}

/** @param {Summary} summary */
function toSummary(summary) {
  return { ...summaryJson(summary, false), failed: countFailed(summary) };
}
