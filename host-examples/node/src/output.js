// What the program says, in full or told as a failure. Node takes a write to a file that was cut
// short, as on a full disk, for a whole one.

import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { inWords } from "./system-errors.js";

/** @typedef {NodeJS.WriteStream & { fd: number }} Output */

/**
 * Gives whether all of it was written; says on standard error why it was not, unless its reader
 * went away.
 *
 * @param {Output} output
 * @param {string} text
 */
export async function isWritten(output, text) {
  try {
    await write(output, text);
    return true;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (output !== process.stderr && code !== "EPIPE") {
      const line = `error: The answer cannot be written: ${inWords(error)}.\n`;
      await isWritten(process.stderr, line);
    }
    return false;
  }
}

/**
 * Writes all of it.
 *
 * @param {Output} output
 * @param {string} text
 * @throws The system's error.
 */
export async function write(output, text) {
  if (text === "") return;
  if (isStream(output)) await writeToPipe(output, text);
  else writeToFile(output.fd, Buffer.from(text));
}

/**
 * A pipe or a terminal, of which Node waits for the end of each write.
 *
 * @param {object} output
 * @returns {boolean}
 */
function isStream(output) {
  return output instanceof Socket;
}

/**
 * @param {Output} output
 * @param {string} text
 */
function writeToPipe(output, text) {
  if (!output.listeners("error").includes(toldByTheCall)) output.on("error", toldByTheCall);
  return new Promise((resolve, reject) => {
    output.write(text, (error) => (error ? reject(error) : resolve(undefined)));
  });
}

/** What fails is an event besides, which ends the process where nothing listens. */
function toldByTheCall() {}

/**
 * @param {number} file
 * @param {Uint8Array} bytes
 */
function writeToFile(file, bytes) {
  for (let written = 0; written < bytes.length; ) {
    const more = writeSync(file, bytes, written);
    if (more === 0) throw new Error("nothing of it is taken");
    written += more;
  }
}
