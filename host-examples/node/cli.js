#!/usr/bin/env node
// `session-recovery --sessions DIR recover-all`: the component in Node, with the same arguments and
// answers as in the other hosts.

import { text } from "node:stream/consumers";
import { failureOf, SweepStopped } from "./src/errors.js";
import { SessionRecovery } from "./src/index.js";
import { isWritten } from "./src/output.js";
import { loadReport, UsageError } from "./src/report.js";
import { runName } from "./src/runs.js";
import { exhaustionOf, inWords } from "./src/system-errors.js";

/** @import { SweepingOptions } from "./src/index.js" */
/** @import { RecoverOptions } from "./src/types.js" */
/** @import { Chosen, Command, Parsed, Shown, Task } from "./src/report-types.js" */

/** @typedef {Awaited<ReturnType<typeof loadReport>>} Reporter */

/** Standard input cannot be read. `message` says why, in a line for standard error. */
class InputError extends Error {}

// Files that this process makes are its user's alone, until they get the mode of those they replace.
process.umask(0o077);
process.exitCode = await main(process.argv.slice(2));

/** @param {string[]} args */
async function main(args) {
  try {
    const report = await loadReport();
    const parsed = await understood(report, args);
    if (parsed.tag === "run") return await run(report, parsed.val);
    return await print(parsed.tag === "print" ? parsed.val : "", "", 0);
  } catch (error) {
    if (error instanceof UsageError) return print("", error.message, 2);
    if (error instanceof InputError) return print("", error.message, 1);
    const exhaustion = exhaustionOf(error);
    if (!exhaustion) throw error;
    const { words, remedy } = exhaustion;
    return print("", `error: The program cannot be loaded: ${words}. ${remedy}\n`, 1);
  }
}

/**
 * Reads the arguments, and standard input if they name it.
 *
 * @param {Reporter} report
 * @param {string[]} args
 * @returns {Promise<Parsed>}
 */
async function understood(report, args) {
  const parsed = report.parse(args);
  return parsed.tag === "input-wanted" ? report.parse(args, await input()) : parsed;
}

/** @returns {Promise<string>} What standard input holds. */
async function input() {
  try {
    return await text(process.stdin);
  } catch (error) {
    throw new InputError(`error: Standard input cannot be read: ${inWords(error)}.\n`);
  }
}

/**
 * Does one task after the other, and prints each answer as soon as it is there.
 *
 * @param {Reporter} report
 * @param {Command} command
 * @returns {Promise<number>} What to exit with.
 */
async function run(report, command) {
  const { tasks, sessions, missingOk, acceptOwner, maxMemory, maxTime } = command;
  const options = { missingOk, acceptOwner, maxMemory, maxTime, run: runName("node") };
  const opened = await SessionRecovery.open(sessions, options).catch(failureOf);
  if (!(opened instanceof SessionRecovery)) return print(...told(report, command, "error", opened));
  let worst = 0;
  for (const task of tasks) {
    const { kind, answer } = await answered(opened, task, command.options);
    const [output, diagnostics, exitCode] = told(report, command, kind, answer);
    // Nothing more is changed that nobody can read about.
    if ((await print(output, diagnostics, 0)) !== 0) return 1;
    worst = exitCode === 1 || worst === 1 ? 1 : Math.max(worst, exitCode);
  }
  return worst;
}

/**
 * An answer as it is printed.
 *
 * @param {Reporter} report
 * @param {Command} command
 * @param {any} kind
 * @param {any} answer
 * @returns {[output: string, diagnostics: string, exitCode: number]}
 */
function told(report, { json, check, options }, kind, answer) {
  const question = { kind, check, dryRun: options.dryRun };
  const { isTTY: escapes = false, columns } = process.stdout;
  // Some terminals say that they have no columns.
  const width = columns || undefined;
  const { output, diagnostics, exitCode } = json
    ? report.json(question, answer)
    : report.text(question, answer, { width, escapes });
  return [output, diagnostics.map((line) => `${line}\n`).join(""), exitCode];
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
 * @param {SessionRecovery} sessions
 * @param {Task} task
 * @param {Command["options"]} options
 * @returns {Promise<{ kind: string, answer: unknown }>} - The kind of the answer, as its report takes it.
 */
async function answered(sessions, task, options) {
  try {
    const kind = task.tag === "purge-deleted" ? "purge" : task.tag;
    return { kind, answer: await perform(sessions, task, options) };
  } catch (error) {
    return { kind: "error", answer: failureOf(error) };
  }
}

/**
 * @param {SessionRecovery} sessions
 * @param {Task} task
 * @param {Command["options"]} options
 */
async function perform(sessions, task, { force, prune, best, ...how }) {
  const { dryRun, ignoreGuards, salvage } = how;
  switch (task.tag) {
    case "inspect":
      return sessions.inspect(await sessions.resolve(task.val));
    case "sources":
      return sessions.sources(await sessions.resolve(task.val));
    case "show":
    case "diff":
      return shown(sessions, task.val);
    case "recover":
      return recovered(sessions, task.val, { ...how, force });
    case "recover-all":
      return swept(sessions, { ...how, prune, best });
    case "undo":
      return sessions.undo(await sessions.resolve(task.val), { dryRun, ignoreGuards });
    case "undo-run":
      return sessions.undoRun(task.val, { dryRun, ignoreGuards });
    case "history":
      return sessions.history();
    case "sessions":
      return sessions.sessions({ headings: true });
    case "audit":
      return sessions.audit();
    case "plan":
      return sessions.plan({ salvage });
    case "repair": {
      const { changes, withheld } = await sessions.plan({ salvage });
      return { results: await sessions.repair(changes), withheld };
    }
    case "purge":
      // A beginning of an ID does not do for what cannot be undone.
      return sessions.purge([task.val], { dryRun });
    case "purge-deleted":
      return sessions.purgeDeleted({ dryRun });
    case "prune":
      return sessions.prune({ dryRun });
  }
}

/**
 * @param {SessionRecovery} sessions
 * @param {Shown} shown
 */
async function shown(sessions, { of: { session, source }, window }) {
  const id = await sessions.resolve(session);
  return sessions.preview(id, source === undefined ? window : { ...window, source });
}

/**
 * Restores a session: from the source that the user chose, if they chose one.
 *
 * @param {SessionRecovery} sessions
 * @param {Chosen} chosen
 * @param {RecoverOptions} how
 */
async function recovered(sessions, { session, source }, how) {
  const id = await sessions.resolve(session);
  return source === undefined ? sessions.recover(id, how) : sessions.recoverFrom(id, source, how);
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
