// The page and the recovery API as one Fastify server, closed to everything that is not its own.

import { fileURLToPath } from "node:url";
import helmet from "@fastify/helmet";
import files from "@fastify/static";
import Fastify, { LogController } from "fastify";
import { api } from "./api.js";
import { answerFailure, answerUnrouted } from "./failures.js";
import { onlyForHosts } from "./guard.js";

/** @import { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from "fastify" */
/** @import { SessionRecovery } from "session-recovery" */

const PAGE = fileURLToPath(new URL("public", import.meta.url));

const OPTIONS = {
  bodyLimit: 4096,
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
 * @param {object} parts
 * @param {SessionRecovery} parts.recovery
 * @param {FastifyServerOptions["logger"]} [parts.logger]
 * @param {string[]} [parts.allowedHosts] names by which it may be called, besides loopback ones
 * @returns {FastifyInstance}
 */
export function createServer({ recovery, logger = false, allowedHosts = [] }) {
  const server = Fastify({ ...OPTIONS, logger, frameworkErrors: answerFailure });
  server.removeContentTypeParser("text/plain");
  server.setErrorHandler(answerFailure);
  server.setNotFoundHandler(answerUnrouted);
  server.register(helmet, HEADERS);
  server.addHook("onRequest", forbidStoring);
  server.addHook("onRequest", onlyForHosts(allowedHosts));
  server.register(files, { root: PAGE, wildcard: false });
  server.register(api, { prefix: "/api/session", recovery });
  return server;
}

/**
 * Keeps answers out of caches; the page's files say otherwise of themselves.
 *
 * @param {FastifyRequest} _request
 * @param {FastifyReply} reply
 */
async function forbidStoring(_request, reply) {
  reply.header("cache-control", "no-store");
}
