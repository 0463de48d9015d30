// The log on standard output. Fastify's own would wait for room on a full disk, with the whole
// server; here the lines are lost, and the exit code says so.

import { write } from "../src/output.js";

export const log = {
  /** @param {string} line */
  write(line) {
    write(process.stdout, line).catch(() => {
      process.exitCode = 1;
    });
  },
};
