// Servers for the tests: on a directory of their own, and closed afterwards.

import { SessionRecovery } from "session-recovery";
import { createServer } from "../server.js";
import { makeDirectory } from "./directory.js";

/** @import { TestContext } from "node:test" */

/**
 * @param {TestContext} t
 * @param {Record<string, string>} files
 */
export async function serve(t, files) {
  const directory = await makeDirectory(t, files);
  const recovery = await SessionRecovery.open(directory.path);
  const server = serveWith(t, recovery);
  t.after(() => recovery.close());
  return { directory, server };
}

/**
 * Serves a recovery that does what the test says.
 *
 * @param {TestContext} t
 * @param {Partial<SessionRecovery>} recovery
 */
export function serveWith(t, recovery) {
  const known = recovery.directory ? recovery : { directory: "/srv/sessions", ...recovery };
  const server = createServer({ recovery: /** @type {SessionRecovery} */ (known) });
  t.after(() => server.close());
  return server;
}

/**
 * @param {string} text
 * @returns {any[]}
 */
export function parseLines(text) {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
