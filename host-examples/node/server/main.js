#!/usr/bin/env node
// Starts the server. It restores nothing, except with --sweep. Then it restores before it listens, so
// that nobody sees a session that is about to be replaced.

import { SessionRecovery, SessionRecoveryError } from "session-recovery";
import { isWritten } from "../src/output.js";
import { inWords } from "./answers.js";
import { HELP, readArguments, UsageError } from "./arguments.js";
import { failureOf } from "./failures.js";
import { log } from "./log.js";
import { createServer } from "./server.js";
import { sweep } from "./sweep.js";

/** @import { FastifyBaseLogger, FastifyInstance } from "fastify" */
/** @import { Settings } from "./arguments.js" */
/** @import { Start } from "./server.js" */

/** How long answers under way may take when the server closes, in milliseconds. */
const TIME_TO_LEAVE = 1000;

try {
  const settings = readArguments(process.argv.slice(2));
  if (settings === "help") {
    process.exitCode = (await isWritten(process.stdout, HELP)) ? 0 : 1;
  } else {
    await start(settings);
  }
} catch (error) {
  const { diagnostics, exitCode } = explain(error);
  process.exitCode = exitCode;
  await isWritten(process.stderr, `${diagnostics.join("\n")}\n`);
}

/** @param {Settings} settings */
async function start({ sessions, port, host, allowedHosts, sweep: isSweeping }) {
  const recovery = await SessionRecovery.open(sessions);
  // Fails if the sessions cannot be listed, as with a disk that is not mounted yet.
  await recovery.sessions();
  /** @type {Start} */
  const begin = { name: sessions, swept: null, run: null };
  const server = createServer({
    recovery,
    start: begin,
    logger: { stream: log },
    allowedHosts: [host, ...allowedHosts],
  });
  server.addHook("onClose", () => recovery.close());
  const stop = stopOnSignals(server);
  try {
    if (isSweeping) {
      await sweepBeforeListening(recovery, server.log, stop, begin);
    }
    if (!stop.aborted) {
      await listen(server, host, port);
    }
  } catch (error) {
    await server.close();
    throw error;
  }
}

/**
 * @param {FastifyInstance} server
 * @returns {AbortSignal} aborted with the first signal
 */
function stopOnSignals(server) {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"]) {
    process.once(name, () => {
      server.log.info(`${name}: closing`);
      stop.abort();
      server.close();
      // A client that sends nothing must not keep it open.
      setTimeout(() => server.server.closeAllConnections(), TIME_TO_LEAVE).unref();
    });
  }
  return stop.signal;
}

/**
 * @param {SessionRecovery} recovery
 * @param {FastifyBaseLogger} log
 * @param {AbortSignal} signal
 * @param {Start} begin gets what was done
 */
async function sweepBeforeListening(recovery, log, signal, begin) {
  try {
    const { run = null, ...swept } = await sweep({ recovery, log, signal });
    Object.assign(begin, { swept, run });
  } catch (error) {
    if (!signal.aborted) {
      log.error({ err: error }, "The sweep failed. The server starts without it.");
    }
  }
}

/**
 * @param {FastifyInstance} server
 * @param {string} host
 * @param {number} port
 */
async function listen(server, host, port) {
  await server.listen({ host, port, listenTextResolver: (address) => `open ${address}/` });
}

/**
 * @param {unknown} error
 * @returns {{ diagnostics: string[], exitCode: number }}
 */
function explain(error) {
  if (error instanceof UsageError) {
    return { diagnostics: [`error: ${error.message}`, "Try: node main.js --help"], exitCode: 2 };
  }
  if (error instanceof SessionRecoveryError) {
    return inWords(failureOf(error));
  }
  const { code, port, message } = /** @type {NodeJS.ErrnoException & { port?: number }} */ (error);
  const isTaken = code === "EADDRINUSE";
  const why = isTaken ? `Port ${port} is in use. Choose another one with --port.` : message;
  return { diagnostics: [`error: ${why}`], exitCode: 1 };
}
