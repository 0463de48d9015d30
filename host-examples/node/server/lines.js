// Answers long work line by line, so that a page can show its progress.

import { Readable } from "node:stream";
import { describe } from "./failures.js";

/** @import { FastifyRequest } from "fastify" */

export const NDJSON = "application/x-ndjson";

/** @param {Pick<FastifyRequest, "headers">} request */
export function wantsLines({ headers }) {
  return headers.accept?.includes(NDJSON) ?? false;
}

/** How long a client may take to read what it was sent, in milliseconds. */
const PATIENCE = 60_000;

/** @typedef {(line: object) => Promise<void>} Send resolved when there is room for another line */

/**
 * Starts work that sends objects, each of which becomes a line.
 *
 * @param {(send: Send) => Promise<void>} work
 * @param {<Answer>(answer: Answer) => Answer} cleaned prepares each object
 * @returns {Promise<Readable>} with the first line. It is rejected if the work failed before that. Work
 *   that fails later ends with the failure as the last line.
 */
export function startLines(work, cleaned) {
  const { lines, send } = openLines(cleaned);
  return new Promise((resolve, reject) => {
    /** @param {object} line */
    const sendOn = (line) => {
      const sent = send(line);
      resolve(lines);
      return sent;
    };
    work(sendOn)
      .catch((error) => {
        reject(error);
        return sendOn(describe(error).body);
      })
      .finally(() => lines.push(null));
  });
}

/** @param {<Answer>(answer: Answer) => Answer} cleaned */
function openLines(cleaned) {
  let goOn = () => {};
  const lines = new Readable({
    read: () => goOn(),
    destroy(error, done) {
      goOn();
      done(error);
    },
  });
  /** @type {Send} */
  const send = (line) => {
    const hasRoom = lines.destroyed || lines.push(`${JSON.stringify(cleaned(line))}\n`);
    return hasRoom ? Promise.resolve() : room();
  };
  /** @returns {Promise<void>} */
  const room = () =>
    new Promise((resolve) => {
      const timer = setTimeout(() => lines.destroy(), PATIENCE);
      goOn = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return { lines, send };
}
