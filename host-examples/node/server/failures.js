// Turns every failure into `{error, code, remedy}` and its status. No answer shows a stack trace.

import { SessionRecoveryError } from "session-recovery";
import { toJson } from "./answers.js";

/** @import { Socket } from "node:net" */
/** @import { FastifyError, FastifyReply, FastifyRequest } from "fastify" */
/** @import { ErrorCode } from "session-recovery" */
/** @import { Failure } from "./shapes.js" */

/** A request that the server understands but does not serve. */
export class Refusal extends Error {
  /**
   * @param {number} statusCode
   * @param {string} code
   * @param {string} message
   * @param {string} [remedy]
   */
  constructor(statusCode, code, message, remedy) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.remedy = remedy;
  }
}

/** @type {Partial<Record<ErrorCode, number>>} */
const STATUSES = { "invalid-session-id": 400, "no-such-session": 404, "no-such-source": 404 };

/** The codes of requests that the framework refuses. */
const FRAMEWORK_CODES = new Map([
  [400, "bad_request"],
  [413, "too_large"],
  [415, "unsupported_media_type"],
]);

/**
 * @param {unknown} error
 * @returns {{ status: number, body: Failure }}
 */
export function describe(error) {
  if (error instanceof SessionRecoveryError) {
    return { status: STATUSES[error.code] ?? 500, body: toJson("error", failureOf(error)) };
  }
  if (error instanceof Refusal) {
    const { statusCode: status, message, code, remedy } = error;
    const told = remedy === undefined ? message : `${message} ${remedy}`;
    return { status, body: { error: told, code, remedy } };
  }
  if (error instanceof Error && error.name === "AbortError") {
    const stopped = "The server was closed before the work was finished.";
    return { status: 503, body: { error: stopped, code: "stopped" } };
  }
  return describeFrameworkError(/** @type {Partial<FastifyError>} */ (error));
}

/** @param {Partial<FastifyError>} error */
function describeFrameworkError({ statusCode = 500, message = "" }) {
  const code = FRAMEWORK_CODES.get(statusCode);
  if (code) {
    return { status: statusCode, body: { error: message, code } };
  }
  const error = "The server failed. Its log says why.";
  return { status: 500, body: { error, code: "internal" } };
}

const CHECK_DIRECTORY = "Check that its disk is mounted and that --sessions names it.";

/**
 * The error with a remedy for operators: the library's own for a missing directory is for
 * programmers.
 *
 * @param {SessionRecoveryError} error
 */
export function failureOf(error) {
  const failure = error.toJSON();
  return error.code === "no-directory" ? { ...failure, remedy: CHECK_DIRECTORY } : failure;
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
 * Answers what is not an HTTP request, or a request that takes too long.
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
 * Answers a request for an unknown address, or with a wrong method.
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
