// Servers for the tests: on a directory of their own, and closed afterwards.

import { SessionRecovery } from "session-recovery";
import { createServer } from "../server.js";
import { sweep } from "../sweep.js";
import { makeDirectory } from "./directory.js";

/** @import { TestContext } from "node:test" */
/** @import { Start } from "../server.js" */

/**
 * @param {TestContext} t
 * @param {Record<string, string>} files
 * @param {{ isSweeping?: boolean }} [how] whether it restores at the start
 */
export async function serve(t, files, { isSweeping = false } = {}) {
  const directory = await makeDirectory(t, files);
  const recovery = await SessionRecovery.open(directory.path);
  /** @type {Start} */
  const start = { name: directory.path, swept: null, run: null };
  const server = serveWith(t, recovery, start);
  t.after(() => recovery.close());
  if (isSweeping) {
    const signal = new AbortController().signal;
    const { run = null, ...swept } = await sweep({ recovery, log: server.log, signal });
    Object.assign(start, { swept, run });
  }
  return { directory, server };
}

/**
 * Serves a recovery that does what the test says.
 *
 * @param {TestContext} t
 * @param {Partial<SessionRecovery>} recovery
 * @param {Start} [start]
 */
export function serveWith(t, recovery, start) {
  const known = recovery.directory ? recovery : { directory: "/srv/sessions", ...recovery };
  const server = createServer({
    recovery: /** @type {SessionRecovery} */ (known),
    ...(start && { start }),
  });
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
