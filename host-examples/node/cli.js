#!/usr/bin/env node
// `node cli.js --sessions DIR recover-all`: the component in Node, with the same words and answers
// as in the other hosts.

import { failureOf, SweepStopped } from "./src/errors.js";
import { SessionRecovery } from "./src/index.js";
import { isWritten } from "./src/output.js";
import { printable } from "./src/printable.js";
import { exhaustionOf } from "./src/system-errors.js";
import { parse, WrongWords } from "./src/words.js";

/** @import { Summary } from "./src/index.js" */
/** @import { Report } from "./src/report.js" */
/** @import { Words } from "./src/words.js" */
/** @typedef {typeof import("./src/report.js")} Reports */

// Files that this process makes are its user's alone, until they get the mode of those they replace.
process.umask(0o077);
process.exitCode = (await main()) ? 0 : 1;

/** Gives whether nothing failed, and all of what there is to say was written. */
async function main() {
  const { answer, diagnostics, isSuccess } = await report(process.argv.slice(2));
  const isAnswered = await isWritten(process.stdout, answer);
  const isTold = await isWritten(process.stderr, diagnostics.map((line) => `${line}\n`).join(""));
  return isSuccess && isAnswered && isTold;
}

/**
 * @param {string[]} args
 * @returns {Promise<Report>}
 */
async function report(args) {
  try {
    const words = parse(args);
    if ("text" in words) return { answer: words.text, diagnostics: [], isSuccess: true };
    return await run(words);
  } catch (error) {
    return { answer: "", diagnostics: [explained(error)], isSuccess: false };
  }
}

/**
 * Why there is no report.
 *
 * @param {unknown} error
 */
function explained(error) {
  if (error instanceof WrongWords) return error.message;
  const exhaustion = exhaustionOf(error);
  if (!exhaustion) throw error;
  return `error: The program cannot be loaded: ${exhaustion}`;
}

/**
 * Does the task and reports on it.
 *
 * @param {Words} words
 */
async function run(words) {
  // Loaded while the component's thread starts.
  const reports = import("./src/report.js");
  // What is wrong with it is told where it is waited for.
  reports.catch(() => {});
  try {
    const { maxMemory, maxTime } = words;
    const recovery = await SessionRecovery.open(words.sessions, { maxMemory, maxTime });
    const notes = recovery.isMissing
      ? [`note: there is no directory ${printable(words.sessions)}`]
      : [];
    const report = await answer(recovery, words, await reports);
    return { ...report, diagnostics: [...notes, ...report.diagnostics] };
  } catch (error) {
    return (await reports).refusal(failureOf(error), words.json);
  }
}

/**
 * @param {SessionRecovery} sessions
 * @param {Words} words
 * @param {Reports} reports
 * @returns {Promise<Report>}
 */
async function answer(sessions, words, reports) {
  const { task, id, json, dryRun, discard, merge, ignoreGuards, force, deleted } = words;
  const how = { dryRun, discard, merge, ignoreGuards };
  switch (task) {
    case "inspect":
      return reports.inspection(await sessions.inspect(id), json);
    case "recover":
      return reports.recovery(await sessions.recover(id, { ...how, force }), json);
    case "recover-all": {
      const { summary, stopped } = await swept(sessions, how);
      const report = reports.sweep(summary, json, dryRun);
      if (!stopped) return report;
      const diagnostics = [...report.diagnostics, `error: ${stopped.message}`];
      return { ...report, diagnostics, isSuccess: false };
    }
    case "undo":
      return reports.undoing(await sessions.undo(id, { dryRun, ignoreGuards }), json);
    case "list":
      return reports.list(await sessions.sessions(), json);
    case "audit":
      return reports.audit(await sessions.audit(), json);
    case "plan":
      return reports.plan(await sessions.plan(), json);
    case "repair": {
      const plan = await sessions.plan();
      if (dryRun) return reports.plan(plan, json);
      return reports.repair(await sessions.repair(plan.changes), plan.withheld, json);
    }
    case "purge": {
      const options = { dryRun };
      const purged = deleted
        ? await sessions.purgeDeleted(options)
        : await sessions.purge([id], options);
      return reports.purge(purged, json, dryRun);
    }
  }
}

/**
 * Sweeps: on a terminal with a progress bar, and so that Ctrl-C stops between two sessions.
 *
 * @param {SessionRecovery} sessions
 * @param {{ dryRun: boolean, discard: boolean, merge: boolean, ignoreGuards: boolean }} how
 * @returns {Promise<{ summary: Summary, stopped?: SweepStopped }>}
 */
async function swept(sessions, how) {
  if (!process.stderr.isTTY) return { summary: await sessions.recoverAll(how) };
  const { progressBar } = await import("./src/progress.js");
  const stop = new AbortController();
  const bar = progressBar();
  process.once("SIGINT", () => stop.abort());
  try {
    const options = { ...how, signal: stop.signal, onProgress: bar.show };
    return { summary: await sessions.recoverAll(options) };
  } catch (error) {
    if (!(error instanceof SweepStopped)) throw error;
    return { summary: error.summary, stopped: error };
  } finally {
    bar.clear();
  }
}
