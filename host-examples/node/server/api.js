// The HTTP interface: each route answers with the JSON that the command prints.

import { toJson } from "./answers.js";
import { Refusal } from "./failures.js";
import { onlySameOrigin } from "./guard.js";
import { NDJSON, startLines, wantsLines } from "./lines.js";
import { toListing } from "./listing.js";
import { mutex } from "./mutex.js";
import { answerOutcome } from "./outcomes.js";
import { addRepairs } from "./repairs.js";
import { newRun } from "./runs.js";
import { addSearch } from "./search.js";
import { addSources } from "./sources.js";
import { sweep } from "./sweep.js";
import { addUndos } from "./undos.js";

/** @import { FastifyInstance, FastifyReply } from "fastify" */
/** @import { SessionRecovery, Status } from "session-recovery" */
/** @import { Exclusively } from "./mutex.js" */
/** @import { Start } from "./server.js" */

/**
 * @typedef {object} Parts
 * @property {SessionRecovery} recovery
 * @property {Exclusively} exclusively runs what changes many sessions
 * @property {(reply: FastifyReply) => AbortSignal} stopSignal aborted when nobody waits for the answer
 * @property {AbortSignal} closing aborted when the server closes
 * @property {<Answer>(answer: Answer) => Answer} cleaned an answer without absolute paths
 */

/**
 * @typedef {object} Chosen
 * @property {string[]} [session_ids] all, if there are none
 * @property {boolean} [merge]
 * @property {boolean} [salvage]
 * @property {boolean} [best]
 * @property {boolean} [dry_run]
 */

/** @typedef {Partial<Record<"merge" | "ignore_guards" | "salvage" | "force" | "dry_run", boolean>>} Flags */

const YES_OR_NO = { type: "boolean" };

const TEXT = { type: "string" };

/** What a session ID cannot be, so that nothing is done if one of many is none. */
const SESSION_ID = { ...TEXT, maxLength: 246, pattern: "^(?!_|\\.{1,2}$)[^/\\\\\\0]+$" };

const SWEEP = {
  type: "object",
  properties: {
    session_ids: { type: "array", minItems: 1, items: SESSION_ID },
    merge: YES_OR_NO,
    salvage: YES_OR_NO,
    best: YES_OR_NO,
    dry_run: YES_OR_NO,
  },
  additionalProperties: false,
};

/** Room for the IDs of 5,000 sessions, however long they are. */
const MOST_IDS = 2 * 1024 * 1024;

/** @param {Record<string, object>} others */
function oneSession(others = {}) {
  return {
    type: "object",
    properties: { session_id: TEXT, ...others },
    required: ["session_id"],
    additionalProperties: false,
  };
}

/**
 * @param {FastifyInstance} server
 * @param {Pick<Parts, "recovery" | "cleaned"> & { start: Start }} options
 */
export async function api(server, { recovery, cleaned, start }) {
  const parts = { recovery, exclusively: mutex(busy), cleaned, ...stopSignals(server) };
  server.addHook("onRequest", onlySameOrigin);
  addRecover(server, parts);
  addUndos(server, parts);
  addStatus(server, parts);
  addDirectory(server, parts);
  addSources(server, parts, start);
  addSearch(server, parts);
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
    source: TEXT,
    merge: YES_OR_NO,
    ignore_guards: YES_OR_NO,
    salvage: YES_OR_NO,
    force: YES_OR_NO,
    dry_run: YES_OR_NO,
  };
  server.post("/recover", { schema: { body: oneSession(flags) } }, async ({ body, log }, reply) => {
    const { session_id, source, ...given } =
      /** @type {{ session_id: string, source?: string } & Flags} */ (body);
    const { merge = false, salvage = false, force = false } = given;
    const { ignore_guards: ignoreGuards = false, dry_run: dryRun = false } = given;
    const options = { merge, ignoreGuards, salvage, force, dryRun, run: newRun() };
    const outcome = await (source === undefined
      ? recovery.recover(session_id, options)
      : recovery.recoverFrom(session_id, source, options));
    return answerOutcome(outcome, log, reply);
  });
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
    const listing = toListing(await recovery.sessions({ headings: true }));
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
  const accepted = { schema: { body: SWEEP }, bodyLimit: MOST_IDS };
  server.post("/recover-all", accepted, async ({ headers, body, log }, reply) => {
    const { session_ids, dry_run: dryRun = false, ...how } = /** @type {Chosen} */ (body);
    const ids = session_ids && [...new Set(session_ids)];
    const options = { recovery, ...how, ids, dryRun, log, signal: stopSignal(reply) };
    if (!wantsLines({ headers })) {
      return exclusively(() => sweep(options));
    }
    const lines = await startLines(async (send) => {
      await send({ summary: await exclusively(() => sweep({ ...options, onPart: send })) });
    }, cleaned);
    return reply.type(NDJSON).send(lines);
  });
}
