// An answer as a program prints it: text or JSON, with what failed on standard error.

import { auditJson, planJson, purgeJson, repairJson } from "./audit-json.js";
import { auditText, planText, purgeText, repairText } from "./audit-text.js";
import { entriesJson, errorJson, outcomeJson, statusJson, summaryJson } from "./json.js";
import { printable } from "./printable.js";
import { document } from "./shapes.js";
import { entriesText, outcomeText, statusText, summaryText, undoingText } from "./text.js";

/** @import { AuditReport, Entry, Failure, Outcome, Plan, Purged, RepairResult, Status, Summary } from "./types.js" */

/**
 * @typedef {object} Report
 * @property {string} answer - For standard output.
 * @property {string[]} diagnostics - For standard error, a line each.
 * @property {boolean} isSuccess - Whether nothing failed.
 */

/**
 * @param {Status} status
 * @param {boolean} json
 */
export function inspection(status, json) {
  const answer = json ? document(statusJson(status)) : statusText(status);
  return report(answer, status.obstacle ? [status.obstacle] : []);
}

/**
 * @param {Outcome} outcome
 * @param {boolean} json
 */
export function recovery(outcome, json) {
  return ofOutcomes(json ? document(outcomeJson(outcome)) : outcomeText(outcome), [outcome]);
}

/**
 * @param {Outcome} outcome
 * @param {boolean} json
 */
export function undoing(outcome, json) {
  return ofOutcomes(json ? document(outcomeJson(outcome)) : undoingText(outcome), [outcome]);
}

/**
 * @param {Summary} summary
 * @param {boolean} json
 * @param {boolean} dryRun
 */
export function sweep(summary, json, dryRun) {
  const answer = json ? document(summaryJson(summary, dryRun)) : summaryText(summary);
  return ofOutcomes(answer, summary.sessions);
}

/**
 * @param {Entry[]} entries
 * @param {boolean} json
 */
export function list(entries, json) {
  return report(json ? document(entriesJson(entries)) : entriesText(entries), []);
}

/**
 * @param {AuditReport} found
 * @param {boolean} json
 */
export function audit(found, json) {
  return report(json ? document(auditJson(found)) : auditText(found), []);
}

/**
 * @param {Plan} found
 * @param {boolean} json
 */
export function plan(found, json) {
  return report(json ? document(planJson(found)) : planText(found), []);
}

/**
 * @param {Purged[]} purged
 * @param {boolean} json
 * @param {boolean} dryRun
 */
export function purge(purged, json, dryRun) {
  const answer = json ? document(purgeJson(purged, dryRun)) : purgeText(purged, dryRun);
  return report(
    answer,
    purged.flatMap(({ errors }) => errors),
  );
}

/**
 * @param {RepairResult[]} results
 * @param {string[]} withheld - Why changes were left out of the plan.
 * @param {boolean} json
 */
export function repair(results, withheld, json) {
  const answer = json ? document(repairJson(results, withheld)) : repairText(results, withheld);
  const errorsOf = (/** @type {boolean} */ isMade) =>
    results.filter(({ done }) => done === isMade).flatMap(({ errors }) => errors);
  return report(answer, errorsOf(false), errorsOf(true));
}

/**
 * @param {Failure} failure
 * @param {boolean} json
 */
export function refusal(failure, json) {
  return report(json ? document(errorJson(failure)) : "", [failure]);
}

/**
 * With the errors of outcomes: those that ended ill, and those that did not.
 *
 * @param {string} answer
 * @param {Outcome[]} outcomes
 */
function ofOutcomes(answer, outcomes) {
  const endedIll = (/** @type {Outcome} */ { action }) =>
    action === "failed" || action === "restored-unconfirmed";
  const failures = outcomes.filter(endedIll).flatMap(({ errors }) => errors);
  const warnings = outcomes.filter((outcome) => !endedIll(outcome)).flatMap(({ errors }) => errors);
  return report(answer, failures, warnings);
}

/**
 * @param {string} answer
 * @param {Failure[]} failures
 * @param {Failure[]} warnings
 * @returns {Report}
 */
function report(answer, failures, warnings = []) {
  const lines = (/** @type {string} */ kind, /** @type {Failure[]} */ errors) =>
    errors.map(({ message }) => `${kind}: ${printable(message)}`);
  return {
    answer,
    diagnostics: [...lines("error", failures), ...lines("warning", warnings)],
    isSuccess: failures.length === 0,
  };
}
