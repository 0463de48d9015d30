// Long work answered line by line, so that a page can show how far it is and what came of it.

import { Readable } from "node:stream";
import { describe } from "./failures.js";

/** @import { FastifyRequest } from "fastify" */

export const NDJSON = "application/x-ndjson";

/** @param {FastifyRequest} request */
export function wantsLines({ headers }) {
  return headers.accept?.includes(NDJSON) ?? false;
}

/**
 * Starts work that sends objects, each of which becomes a line.
 *
 * @param {(send: (line: object) => void) => Promise<void>} work
 * @returns {Promise<Readable>} with the first line; rejected if the work failed before it. Work
 *   that fails later ends with the failure as the last line.
 */
export function startLines(work) {
  const lines = new Readable({ read() {} });
  return new Promise((resolve, reject) => {
    /** @param {object} line */
    const send = (line) => {
      lines.push(`${JSON.stringify(line)}\n`);
      resolve(lines);
    };
    work(send)
      .catch((error) => {
        reject(error);
        send(describe(error).body);
      })
      .finally(() => lines.push(null));
  });
}
