// The page and the API as one Fastify server, which answers no other site's pages.

import { fileURLToPath } from "node:url";
import helmet from "@fastify/helmet";
import files from "@fastify/static";
import Fastify, { LogController } from "fastify";
import { api } from "./api.js";
import { answerFailure, answerUnparsed, answerUnrouted, Refusal } from "./failures.js";
import { onlyForHosts } from "./guard.js";
import { withoutPaths } from "./paths.js";

/** @import { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from "fastify" */
/** @import { SessionRecovery } from "session-recovery" */
/** @import { Summary } from "./shapes.js" */

const PAGE = fileURLToPath(new URL("public", import.meta.url));

const OPTIONS = {
  bodyLimit: 4096,
  requestTimeout: 60_000,
  http: { requireHostHeader: false },
  clientErrorHandler: answerUnparsed,
  exposeHeadRoutes: false,
  logController: new LogController({ disableRequestLogging: true }),
  ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
};

const HEADERS = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      "default-src": ["'self'"],
      "base-uri": ["'none'"],
      "form-action": ["'none'"],
      "frame-ancestors": ["'none'"],
      "object-src": ["'none'"],
      "require-trusted-types-for": ["'script'"],
    },
  },
  strictTransportSecurity: false,
};

/**
 * What the server says of its directory, and of what it did there when it started.
 *
 * @typedef {object} Start
 * @property {string} name the directory's path, as the operator gave it
 * @property {Summary | null} swept what was restored at the start
 * @property {string | null} run what the history calls that
 */

/**
 * @param {object} parts
 * @param {SessionRecovery} parts.recovery
 * @param {Start} [parts.start]
 * @param {FastifyServerOptions["logger"]} [parts.logger]
 * @param {string[]} [parts.allowedHosts] names by which it may be called, in addition to loopback names
 * @returns {FastifyInstance}
 */
export function createServer({ recovery, start, logger = false, allowedHosts = [] }) {
  const server = Fastify({ ...OPTIONS, logger, frameworkErrors: answerFailure });
  const cleaned = withoutPaths(recovery.directory);
  server.removeContentTypeParser("text/plain");
  onlyUtf8(server);
  server.setErrorHandler(answerFailure);
  server.setNotFoundHandler(answerUnrouted);
  server.register(helmet, HEADERS);
  server.addHook("onRequest", forbidStoring);
  server.addHook("onRequest", onlyForHosts(allowedHosts));
  server.addHook("preSerialization", async (_request, _reply, answer) => cleaned(answer));
  server.register(files, { root: PAGE, wildcard: false });
  server.register(api, {
    prefix: "/api/session",
    recovery,
    cleaned,
    start: start ?? { name: recovery.directory, swept: null, run: null },
  });
  return server;
}

/**
 * Refuses JSON bodies that are not UTF-8. Replaced bytes could make an ID another session's.
 *
 * @param {FastifyInstance} server
 */
function onlyUtf8(server) {
  const parse = server.getDefaultJsonParser("error", "error");
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  server.removeContentTypeParser("application/json");
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    try {
      parse(request, utf8.decode(/** @type {Buffer} */ (body)), done);
    } catch {
      done(new Refusal(400, "bad_request", "The body is not UTF-8."));
    }
  });
}

/**
 * Keeps answers out of caches. The page's files have headers of their own.
 *
 * @param {FastifyRequest} _request
 * @param {FastifyReply} reply
 */
async function forbidStoring(_request, reply) {
  reply.header("cache-control", "no-store");
}
