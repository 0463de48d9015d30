// The log on standard output. Fastify's own log makes the whole server wait if the disk is full.
// This one drops the lines, and the exit code says so.

import { write } from "../src/output.js";

export const log = {
  /** @param {string} line */
  write(line) {
    write(process.stdout, line).catch(() => {
      process.exitCode = 1;
    });
  },
};
