// Turns every failure into `{error, code}` and its status: no answer shows a stack trace.

import { SessionRecoveryError } from "session-recovery";
import { errorJson } from "session-recovery/json";

/** @import { Socket } from "node:net" */
/** @import { FastifyError, FastifyReply, FastifyRequest } from "fastify" */
/** @import { SessionRecovery } from "session-recovery" */

/** A request that the server understands and does not serve. */
export class Refusal extends Error {
  /**
   * @param {number} statusCode
   * @param {string} code
   * @param {string} message
   */
  constructor(statusCode, code, message) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
  }
}

/**
 * A directory that is gone, as with a disk that is not mounted, is not an empty one.
 *
 * @param {SessionRecovery} recovery
 */
export function refuseMissing({ isMissing }) {
  if (isMissing) {
    throw new Refusal(500, "no_directory", "The session directory is gone.");
  }
}

/** The codes of what the framework refuses by itself. */
const FRAMEWORK_CODES = new Map([
  [400, "bad_request"],
  [413, "too_large"],
  [415, "unsupported_media_type"],
]);

/**
 * @param {unknown} error
 * @returns {{ status: number, body: { error: string, code: string } }}
 */
export function describe(error) {
  if (error instanceof SessionRecoveryError) {
    return { status: error.code === "invalid-session-id" ? 400 : 500, body: errorJson(error) };
  }
  if (error instanceof Refusal) {
    return { status: error.statusCode, body: { error: error.message, code: error.code } };
  }
  if (error instanceof Error && error.name === "AbortError") {
    return { status: 503, body: { error: "Stopped before the end.", code: "stopped" } };
  }
  return describeFrameworkError(/** @type {Partial<FastifyError>} */ (error));
}

/** @param {Partial<FastifyError>} error */
function describeFrameworkError({ statusCode = 500, message = "" }) {
  const code = FRAMEWORK_CODES.get(statusCode);
  if (code) {
    return { status: statusCode, body: { error: message, code } };
  }
  const error = "The server failed; its log says why.";
  return { status: 500, body: { error, code: "internal" } };
}

/**
 * @param {unknown} error
 * @param {FastifyRequest} request
 * @param {FastifyReply} reply
 */
export function answerFailure(error, request, reply) {
  const { status, body } = describe(error);
  if (status === 500) {
    request.log.error({ err: error }, "a request failed");
  }
  return reply.code(status).send(body);
}

/** @type {Map<string | undefined, string>} */
const UNPARSED = new Map([
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
]);

/**
 * Answers what is no HTTP request, or one that takes too long.
 *
 * @param {Error & { code?: string }} error
 * @param {Socket} socket
 */
export function answerUnparsed({ code }, socket) {
  if (code === "ECONNRESET" || !socket.writable) {
    return;
  }
  const status = UNPARSED.get(code) ?? "400 Bad Request";
  const body = JSON.stringify({ error: `${status.slice(4)}.`, code: "bad_request" });
  const headers = `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`);
}

const METHODS = ["GET", "POST"];

/**
 * Answers a request that no route takes.
 *
 * @param {FastifyRequest} request
 * @param {FastifyReply} reply
 */
export function answerUnrouted(request, reply) {
  const [url = ""] = request.url.split("?");
  const methods = METHODS.filter((method) => request.server.hasRoute({ method, url }));
  if (methods.length === 0) {
    throw new Refusal(404, "not_found", "There is nothing at this address.");
  }
  reply.header("allow", methods.join(", "));
  throw new Refusal(405, "method_not_allowed", `This address takes ${methods.join(" and ")} only.`);
}
