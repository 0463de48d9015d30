// Answers as JSON: the keys that the command prints, and that the page reads.

import { loadReport } from "session-recovery/report";

/** @import { Answers } from "../src/report-types.js" */
/** @import { JsonOf } from "./shapes.js" */

const report = await loadReport();

/**
 * @template {keyof JsonOf} K
 * @param {K} kind the operation that gave the answer
 * @param {Answers[K]} answer
 * @param {boolean} [dryRun]
 * @returns {JsonOf[K]}
 */
export function toJson(kind, answer, dryRun = false) {
  return JSON.parse(report.json({ kind, dryRun }, answer).output);
}

/**
 * A failure for a terminal.
 *
 * @param {Answers["error"]} failure
 */
export function inWords(failure) {
  return report.text({ kind: "error" }, failure, {});
}
