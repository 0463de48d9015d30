// The routes for looking before a choice: what a session's sources are, what is in them, and what was
// done in the directory.

import { toJson } from "./answers.js";

/** @import { FastifyInstance } from "fastify" */
/** @import { PreviewOptions } from "../src/types.js" */
/** @import { Parts } from "./api.js" */
/** @import { Start } from "./server.js" */

const TEXT = { type: "string" };
/** More messages than a session has, in digits. */
const COUNT = { type: "string", pattern: "^[0-9]{1,9}$" };

const ONE_SESSION = {
  type: "object",
  properties: { session_id: TEXT },
  required: ["session_id"],
  additionalProperties: false,
};

const ONE_SOURCE = {
  ...ONE_SESSION,
  properties: {
    session_id: TEXT,
    source: TEXT,
    after: COUNT,
    first: COUNT,
    last: COUNT,
    changed: COUNT,
  },
};

/**
 * @param {FastifyInstance} server
 * @param {Parts} parts
 * @param {Start} start
 */
export function addSources(server, { recovery }, start) {
  server.get("/sources", { schema: { querystring: ONE_SESSION } }, async ({ query }) => {
    const { session_id } = /** @type {{ session_id: string }} */ (query);
    return toJson("sources", await recovery.sources(session_id));
  });

  server.get("/preview", { schema: { querystring: ONE_SOURCE } }, async ({ query }) => {
    const { session_id, source, ...window } = /** @type {Record<string, string>} */ (query);
    const options = { ...numbers(window), ...(source !== undefined && { source }) };
    return toJson("show", await recovery.preview(session_id ?? "", options));
  });

  server.get("/history", async () => toJson("history", await recovery.history()));

  server.get("/directory", async () => start);
}

/**
 * @param {Record<string, string>} window
 * @returns {PreviewOptions}
 */
function numbers(window) {
  return Object.fromEntries(Object.entries(window).map(([key, digits]) => [key, Number(digits)]));
}
