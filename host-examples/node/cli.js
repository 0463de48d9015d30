#!/usr/bin/env node
// `session-recovery --sessions DIR recover-all`: the component in Node, with the same arguments and
// answers as in the other hosts.

import { failureOf, SweepStopped } from "./src/errors.js";
import { SessionRecovery } from "./src/index.js";
import { isWritten } from "./src/output.js";
import { loadReport, UsageError } from "./src/report.js";
import { exhaustionOf } from "./src/system-errors.js";

/** @import { SweepingOptions } from "./src/index.js" */
/** @import { Command } from "./src/report.js" */

// Files that this process makes are its user's alone, until they get the mode of those they replace.
process.umask(0o077);
process.exitCode = await main(process.argv.slice(2));

/** @param {string[]} args */
async function main(args) {
  try {
    const report = await loadReport();
    const parsed = report.parse(args);
    if (parsed.tag === "print") return print(parsed.val, "", 0);
    const { kind, answer } = await answered(parsed.val);
    const { json, check, options } = parsed.val;
    const question = { kind, check, dryRun: options.dryRun };
    const { isTTY: escapes = false, columns } = process.stdout;
    // Some terminals say that they have no columns.
    const width = columns || undefined;
    const { output, diagnostics, exitCode } = json
      ? report.json(question, answer)
      : report.text(question, answer, { width, escapes });
    return print(output, diagnostics.map((line) => `${line}\n`).join(""), exitCode);
  } catch (error) {
    if (error instanceof UsageError) return print("", error.message, 2);
    const exhaustion = exhaustionOf(error);
    if (!exhaustion) throw error;
    const { words, remedy } = exhaustion;
    return print("", `error: The program cannot be loaded: ${words}. ${remedy}\n`, 1);
  }
}

/**
 * @param {string} output
 * @param {string} diagnostics
 * @param {number} exitCode
 */
async function print(output, diagnostics, exitCode) {
  const isPrinted = await isWritten(process.stdout, output);
  return (await isWritten(process.stderr, diagnostics)) && isPrinted ? exitCode : 1;
}

/**
 * @param {Command} command
 * @returns {Promise<{ kind: any, answer: any }>} - The kind of the answer, as its report takes it.
 */
async function answered(command) {
  const { task, sessions, missingOk, acceptOwner, maxMemory, maxTime } = command;
  try {
    const options = { missingOk, acceptOwner, maxMemory, maxTime };
    const recovery = await SessionRecovery.open(sessions, options);
    const kind = task.tag === "purge-deleted" ? "purge" : task.tag;
    return { kind, answer: await perform(recovery, command) };
  } catch (error) {
    return { kind: "error", answer: failureOf(error) };
  }
}

/**
 * @param {SessionRecovery} sessions
 * @param {Command} command
 */
async function perform(sessions, { task, options }) {
  const { force, prune, ...how } = options;
  const { dryRun, ignoreGuards, salvage } = options;
  switch (task.tag) {
    case "inspect":
      return named(task.val, (id) => sessions.inspect(id));
    case "recover":
      return named(task.val, (id) => sessions.recover(id, { ...how, force }));
    case "recover-all":
      return swept(sessions, { ...how, prune });
    case "undo":
      return named(task.val, (id) => sessions.undo(id, { dryRun, ignoreGuards }));
    case "sessions":
      return sessions.sessions();
    case "audit":
      return sessions.audit();
    case "plan":
      return sessions.plan({ salvage });
    case "repair": {
      const { changes, withheld } = await sessions.plan({ salvage });
      return { results: await sessions.repair(changes), withheld };
    }
    case "purge":
      return named(task.val, (id) => sessions.purge([id], { dryRun }));
    case "purge-deleted":
      return sessions.purgeDeleted({ dryRun });
    case "prune":
      return sessions.prune({ dryRun });
  }
}

/**
 * Does something with a session that is named by its ID or by a file of it.
 *
 * @template T
 * @param {string} id
 * @param {(id: string) => Promise<T>} work
 */
async function named(id, work) {
  try {
    return await work(id);
  } catch (error) {
    const { code } = failureOf(error);
    const stem = id.replace(/\.json(\.bak)?$/, "");
    const isNoId = code === "no-such-session" || code === "invalid-session-id";
    if (stem === id || !isNoId) throw error;
    return work(stem);
  }
}

/**
 * Sweeps: on a terminal with a progress bar, and so that Ctrl-C stops between two sessions.
 *
 * @param {SessionRecovery} sessions
 * @param {SweepingOptions} how
 */
async function swept(sessions, how) {
  if (!process.stderr.isTTY) return sessions.recoverAll(how);
  const { progressBar } = await import("./src/progress.js");
  const stop = new AbortController();
  const bar = progressBar();
  process.once("SIGINT", () => stop.abort());
  try {
    return await sessions.recoverAll({ ...how, signal: stop.signal, onProgress: bar.show });
  } catch (error) {
    if (error instanceof SweepStopped) return error.summary;
    throw error;
  } finally {
    bar.clear();
  }
}
