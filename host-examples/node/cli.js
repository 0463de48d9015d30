#!/usr/bin/env node
// `node cli.js --sessions DIR recover-all`: the component in Node, with the same words and answers
// as in the other hosts.

import { existsSync } from "node:fs";
import { failureOf, SweepStopped } from "./src/errors.js";
import { SessionRecovery } from "./src/index.js";
import { progressBar } from "./src/progress.js";
import { inspection, list, recovery, refusal, sweep, undoing } from "./src/report.js";
import { printable } from "./src/text.js";
import { parse, WrongWords } from "./src/words.js";

/** @import { Report } from "./src/report.js" */
/** @import { Words } from "./src/words.js" */

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
  if (!existsSync(words.sessions)) {
    console.error(`note: there is no directory ${printable(words.sessions)}`);
  }
  try {
    const recovery = await SessionRecovery.open(words.sessions, words);
    return await answer(recovery, words);
  } catch (error) {
    return refusal(failureOf(error), words.json);
  }
}

/**
 * @param {SessionRecovery} sessions
 * @param {Words} words
 * @returns {Promise<Report>}
 */
async function answer(sessions, { task, id, json, ...how }) {
  switch (task) {
    case "inspect":
      return inspection(await sessions.inspect(id), json);
    case "recover":
      return recovery(await sessions.recover(id, how), json);
    case "recover-all":
      return await sweepAll(sessions, how, json);
    case "undo":
      return undoing(await sessions.undo(id, how), json);
    case "list":
      return list(await sessions.sessions(), json);
  }
}

/**
 * Sweeps with a progress bar; Ctrl-C stops between two sessions.
 *
 * @param {SessionRecovery} sessions
 * @param {{ dryRun: boolean, discard: boolean, merge: boolean }} how
 * @param {boolean} json
 */
async function sweepAll(sessions, how, json) {
  const stop = new AbortController();
  const bar = progressBar();
  process.once("SIGINT", () => stop.abort());
  try {
    const options = { ...how, signal: stop.signal, onProgress: bar.show };
    return sweep(await sessions.recoverAll(options), json, how.dryRun);
  } catch (error) {
    if (!(error instanceof SweepStopped)) throw error;
    const report = sweep(error.summary, json, how.dryRun);
    const diagnostics = [...report.diagnostics, `error: ${error.message}`];
    return { ...report, diagnostics, isSuccess: false };
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
