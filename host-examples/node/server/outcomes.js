// Answers what was done about one session, with a status of its own if that failed.

import { toJson } from "./answers.js";
import { logOutcome } from "./sweep.js";

/** @import { FastifyBaseLogger, FastifyReply } from "fastify" */
/** @import { Outcome } from "session-recovery" */

/**
 * @param {Outcome} outcome
 * @param {FastifyBaseLogger} log
 * @param {FastifyReply} reply
 */
export function answerOutcome(outcome, log, reply) {
  const answer = toJson("recover", outcome);
  logOutcome(log, answer);
  if (answer.action !== "failed") {
    return answer;
  }
  const code = answer.errors?.[0]?.code;
  reply.code(code === "no_such_source" ? 404 : 500);
  return { ...answer, code };
}
