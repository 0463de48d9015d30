// Audits, plans and repairs in words.

import { many, section, table } from "./layout.js";

/** @import { AuditReport, Change, Finding, Plan, Purged, RepairResult, Turn } from "./types.js" */

const CHANGES = { restore: "restore", "remove-leftover": "remove", "set-index-aside": "set aside" };

/** @param {AuditReport} report */
export function auditText({ scanned, findings }) {
  const of = (/** @type {Finding["category"]} */ wanted) =>
    findings.filter(({ category }) => category === wanted).map(inWords);
  const [repairable, review] = [of("repairable"), of("manual-review")];
  return [
    `${many("session", scanned)} scanned`,
    tally(repairable, "to repair"),
    tally(review, "to look at"),
    ".\n",
    section("To repair", repairable),
    section("To look at", review),
    section("For information", of("information")),
    repairable.length === 0
      ? "\nNothing is to be repaired.\n"
      : "\nNext: `plan` tells what `repair` would change.\n",
  ].join("");
}

/** @param {Plan} plan */
export function planText({ changes, withheld }) {
  if (changes.length === 0) return `Nothing is to be repaired.\n${leftOut(withheld)}`;
  const rows = changes.map((change) => [...cells(change), String(change.bytes)]);
  return [
    table([["CHANGE", "FROM", "TO", "BYTES"], ...rows]),
    section(
      "Why",
      changes.map(({ source, why }) => `${source}: ${why}`),
    ),
    leftOut(withheld),
    "\nNext: `repair` makes a plan anew, and these changes.\n",
  ].join("");
}

/** @param {string[]} withheld */
function leftOut(withheld) {
  return section("Not in the plan", withheld);
}

/**
 * @param {Purged[]} purged
 * @param {boolean} dryRun
 */
export function purgeText(purged, dryRun) {
  const files = purged.flatMap(({ removed }) => removed);
  const heading = dryRun ? "Would be removed" : "Removed";
  return `${section(heading, files)}${purgeResult(files.length, dryRun)}\n`;
}

/**
 * @param {number} files
 * @param {boolean} dryRun
 */
function purgeResult(files, dryRun) {
  if (files === 0) return "There is no kept file to remove; nothing was changed.";
  return dryRun
    ? "\nNothing was changed.\nNext: run the same without --dry-run."
    : "\nThey are gone for good.";
}

/**
 * @param {RepairResult[]} results
 * @param {string[]} withheld - Why changes were left out of the plan.
 */
export function repairText(results, withheld) {
  if (results.length === 0) {
    return `Nothing is to be repaired; nothing was changed.\n${leftOut(withheld)}`;
  }
  const rows = results.map(({ change, done }) => [...cells(change), done ? "done" : "failed"]);
  return [
    table([["CHANGE", "FROM", "TO", "RESULT"], ...rows]),
    section(
      "What was replaced or set aside is kept",
      results.flatMap(({ change, kept }) =>
        kept === undefined ? [] : `${change.source}: ${kept}`,
      ),
    ),
    leftOut(withheld),
    results.every(({ done }) => done)
      ? "\nNext: `audit` again.\n"
      : "\nNext: fix what the errors describe, then `repair` again.\n",
  ].join("");
}

/**
 * @param {string[]} findings
 * @param {string} what
 */
function tally({ length }, what) {
  return length === 0 ? "" : `, ${length} ${what}`;
}

/** @param {Finding} finding */
function inWords({ name, seen, remedy, turn }) {
  const about = name === undefined ? "" : `${name}: `;
  return `${about}${seen} Remedy: ${remedy}${turn ? ` ${turnText(turn)}` : ""}`;
}

/** @param {Turn} turn */
function turnText({ turnId, event, createdAt = "unknown", characters }) {
  return `Turn ${turnId}, ${event} at ${createdAt}, ${characters} characters.`;
}

/** @param {Change} change */
function cells({ kind, source, target = "" }) {
  return [CHANGES[kind], source, target];
}
