#!/usr/bin/env node
// `node cli.js --sessions DIR recover-all`: the component in Node, with the same words and answers
// as in the other hosts.

import { failureOf, SweepStopped } from "./src/errors.js";
import { SessionRecovery } from "./src/index.js";
import { printable } from "./src/printable.js";
import { parse, WrongWords } from "./src/words.js";

/** @import { Summary } from "./src/index.js" */
/** @import { Report } from "./src/report.js" */
/** @import { Words } from "./src/words.js" */
/** @typedef {typeof import("./src/report.js")} Reports */

// Files that this process makes are its user's alone, until they get the mode of those they replace.
process.umask(0o077);
process.stdout.on("error", () => process.exit(1));
process.exitCode = (await main()) ? 0 : 1;

/** Gives whether nothing failed. */
async function main() {
  try {
    const words = parse(process.argv.slice(2));
    if ("text" in words) {
      process.stdout.write(words.text);
      return true;
    }
    return print(await run(words));
  } catch (error) {
    if (!(error instanceof WrongWords)) throw error;
    process.stderr.write(error.message);
    return false;
  }
}

/**
 * Does the task and reports on it.
 *
 * @param {Words} words
 */
async function run(words) {
  // Loaded while the component's thread starts.
  const reports = import("./src/report.js");
  try {
    const recovery = await SessionRecovery.open(words.sessions, words);
    if (recovery.isMissing) {
      console.error(`note: there is no directory ${printable(words.sessions)}`);
    }
    return await answer(recovery, words, await reports);
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
async function answer(sessions, { task, id, json, deleted, ...how }, reports) {
  switch (task) {
    case "inspect":
      return reports.inspection(await sessions.inspect(id), json);
    case "recover":
      return reports.recovery(await sessions.recover(id, how), json);
    case "recover-all": {
      const { summary, stopped } = await swept(sessions, how);
      const report = reports.sweep(summary, json, how.dryRun);
      if (!stopped) return report;
      const diagnostics = [...report.diagnostics, `error: ${stopped.message}`];
      return { ...report, diagnostics, isSuccess: false };
    }
    case "undo":
      return reports.undoing(await sessions.undo(id, how), json);
    case "list":
      return reports.list(await sessions.sessions(), json);
    case "audit":
      return reports.audit(await sessions.audit(), json);
    case "plan":
      return reports.plan(await sessions.plan(), json);
    case "repair": {
      const plan = await sessions.plan();
      if (how.dryRun) return reports.plan(plan, json);
      return reports.repair(await sessions.repair(plan.changes), plan.withheld, json);
    }
    case "purge": {
      const purged = deleted ? await sessions.purgeDeleted(how) : await sessions.purge([id], how);
      return reports.purge(purged, json, how.dryRun);
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

/** @param {Report} report */
function print({ answer, diagnostics, isSuccess }) {
  process.stdout.write(answer);
  for (const line of diagnostics) console.error(line);
  return isSuccess;
}
