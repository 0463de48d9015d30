// Answers in words: a table, and a line on what to do next.

import { many, section, table } from "./layout.js";
import { printable } from "./printable.js";

/** @import { Entry, File, Outcome, Status, Summary } from "./types.js" */

const VERDICTS = { "no-backup": "no backup", "no-action": "no action", restore: "restore" };

const RECOVERED = {
  nothing: "Nothing is to be restored; nothing was changed.",
  "would-restore":
    "It would be restored; nothing was changed.\nNext: run the same without --dry-run.",
  restored: "Restored. The backup is still there.",
  "restored-unconfirmed":
    "Restored, but a power failure may undo it.\nNext: check the disk, then inspect the session again.",
  failed: "Nothing was changed.\nNext: fix what the error describes, then run the same again.",
};

const LEFT_ON_PURPOSE = `${RECOVERED.nothing}\nNext: if it was not on purpose, add --ignore-guards.`;

const NOT_PUT_BACK =
  "Nothing was put back; nothing was changed.\nNext: if it was not on purpose, add --ignore-guards.";

const UNDONE = {
  nothing: "There is no kept file to put back; nothing was changed.",
  "would-restore":
    "A kept file would be put back; nothing was changed.\nNext: run the same without --dry-run.",
  restored:
    "Put back. Where the backup holds more messages, the next recover-all restores it again.",
  "restored-unconfirmed":
    "Put back, but a power failure may undo it.\nNext: check the disk, then inspect the session again.",
  failed: RECOVERED.failed,
};

const RESULTS = {
  nothing: "left as it is",
  "would-restore": "would be restored",
  restored: "restored",
  "restored-unconfirmed": "restored, unconfirmed",
  failed: "failed",
};

/** @param {Status} status */
export function statusText(status) {
  const said = `${printable(status.reason)}\n${noteLines(status)}${nextAfter(status)}`;
  return `${details(status)}\n${said}\n`;
}

/** @param {Outcome} outcome */
export function outcomeText(outcome) {
  const isLeft = outcome.action === "nothing" && isGuarded(outcome);
  return about(outcome, isLeft ? LEFT_ON_PURPOSE : RECOVERED[outcome.action]);
}

/** @param {Status} status */
function noteLines({ notes }) {
  return notes.map(({ message }) => `Note: ${printable(message)}\n`).join("");
}

/** @param {Outcome} outcome */
export function undoingText(outcome) {
  const isLeft = outcome.action === "nothing" && isGuarded(outcome);
  const said = isLeft ? NOT_PUT_BACK : UNDONE[outcome.action];
  return about(outcome, said) + naming("The source is", outcome.source);
}

/** @param {Summary} summary */
export function summaryText(summary) {
  return results(summary) + tallies(summary) + remarks(summary) + next(summary);
}

/** @param {Entry[]} entries */
export function entriesText(entries) {
  const sessions = entries.filter(({ sessionId }) => sessionId !== undefined);
  const pairs = sessions.filter(({ live, backup }) => live && backup);
  const mark = (/** @type {boolean} */ there) => (there ? "yes" : "no");
  const rows = sessions.map(({ sessionId = "", live, backup }) => {
    return [sessionId, mark(live), mark(backup)];
  });
  const odd = entries.flatMap(({ oddity }) => oddity?.message ?? []);
  return [
    table([["SESSION", "LIVE", "BACKUP"], ...rows]),
    section("Odd entries", odd),
    `\n${many("session", sessions.length)}, ${pairs.length} with a backup to compare.\n`,
    "Next: `recover-all --dry-run` tells which of them would be restored.\n",
  ].join("");
}

/** @param {Status} status */
function nextAfter({ obstacle, recommendation, guard, liveOnly = 0 }) {
  if (obstacle) return "Next: fix what the error describes, then inspect again.";
  if (recommendation !== "restore") {
    return guard
      ? "Nothing is to be restored.\nNext: if it was not on purpose, `recover` with this id and --ignore-guards puts the backup in place."
      : "Nothing is to be restored.";
  }
  return liveOnly > 0
    ? "Next: `recover` with this id puts the backup in place; with --merge it adds what only the live file holds."
    : "Next: `recover` with this id puts the backup in place.";
}

/**
 * @param {Outcome} outcome
 * @param {string} said
 */
function about({ status, merged, kept }, said) {
  return [
    `${details(status)}\n${printable(status.reason)}\n${noteLines(status)}${said}\n`,
    addition(merged),
    naming("What it replaced is kept as", kept),
  ].join("");
}

/** @param {number} merged */
function addition(merged) {
  if (merged === 0) return "";
  const come = merged === 1 ? "comes" : "come";
  return `${many("message", merged)} of the live file ${come} after the backup's.\n`;
}

/**
 * @param {string} what
 * @param {string | undefined} name
 */
function naming(what, name) {
  return name === undefined ? "" : `${what} ${printable(name)}.\n`;
}

/** @param {Status} status */
function details({ sessionId, live, backup, recommendation }) {
  return table([
    ["session", sessionId],
    ["live", inDetail(live)],
    ["backup", inDetail(backup)],
    ["verdict", VERDICTS[recommendation]],
  ]);
}

/** @param {Summary} summary */
function results({ sessions }) {
  if (sessions.length === 0) return "";
  const rows = sessions.map((outcome) => {
    const { sessionId, live, backup } = outcome.status;
    return [sessionId, inAWord(live), inAWord(backup), result(outcome)];
  });
  return `${table([["SESSION", "LIVE", "BACKUP", "RESULT"], ...rows])}\n`;
}

/** @param {Summary} summary */
function tallies(summary) {
  const more = [
    [tally(summary, "would-restore"), "would be restored"],
    [tally(summary, "failed"), "failed"],
  ];
  const words = more.map(([number, word]) => (number ? `, ${number} ${word}` : "")).join("");
  return `${many("session", summary.scanned)} scanned, ${summary.restored} restored${words}.\n`;
}

/**
 * The sections that say more than the table: what is still wrong, and why.
 *
 * @param {Summary} summary
 */
function remarks({ sessions, orphans, oddities }) {
  const left = sessions.filter(({ action }) => action === "nothing");
  const reasons = left.map(({ status }) => `${status.sessionId}: ${status.reason}`);
  return [
    section("Left as they are", reasons),
    section(
      "Messages in the live file that are not in the backup (`--merge` adds them; where it is done, `undo ID` first)",
      sessions.flatMap(leftOut),
    ),
    section(
      "Notes",
      sessions.flatMap(({ status }) =>
        status.notes.map(({ message }) => `${status.sessionId}: ${message}`),
      ),
    ),
    section("Backups whose live file was gone", orphans),
    section(
      "Also found",
      oddities.map(({ message }) => message),
    ),
  ].join("");
}

/**
 * What a restore left out, or would.
 *
 * @param {Outcome} outcome
 */
function leftOut({ status: { sessionId, liveOnly = 0 }, merged, kept }) {
  if (liveOnly <= merged) return [];
  const where = kept === undefined ? "" : `, kept in ${kept}`;
  return [`${sessionId}: ${liveOnly}${where}`];
}

/** @param {Summary} summary */
function next(summary) {
  if (tally(summary, "failed") > 0) {
    return "\nNext: fix what the errors describe, then run recover-all again.\n";
  }
  if (tally(summary, "would-restore") > 0) {
    return "\nNext: run recover-all without --dry-run to restore them.\n";
  }
  if (summary.restored > 0) {
    return "\nNext: open the restored sessions in the application. Their backups are still there.\n";
  }
  if (summary.sessions.some(mayBeDeleted)) {
    return "\nNext: repair the list of deleted sessions or move it away, then run recover-all again; or `recover` with an id restores one session.\n";
  }
  if (summary.sessions.some(isGuarded)) {
    return "\nNext: if one was not on purpose, `recover` with its id and --ignore-guards puts the backup in place.\n";
  }
  return "Nothing is to be restored.\n";
}

/**
 * @param {Summary} summary
 * @param {Outcome["action"]} action
 */
function tally({ sessions }, action) {
  return sessions.filter((outcome) => outcome.action === action).length;
}

/** @param {Outcome} outcome */
function isGuarded({ status }) {
  return status.guard !== undefined;
}

/** @param {Outcome} outcome */
function mayBeDeleted({ status }) {
  return status.guard === "deletions-unknown";
}

/** @param {Outcome} outcome */
function result(outcome) {
  const { action, status, merged } = outcome;
  if (action === "nothing" && mayBeDeleted(outcome)) return "perhaps deleted";
  if (action === "nothing" && isGuarded(outcome)) return "on purpose";
  if (action === "nothing" && status.live.messages === undefined) return "not to be restored";
  return merged > 0 ? `${RESULTS[action]}, merged` : RESULTS[action];
}

/**
 * A file in a table.
 *
 * @param {File} file
 */
function inAWord({ state, messages }) {
  return state === "readable" ? String(messages) : state;
}

/**
 * A file on a line of its own.
 *
 * @param {File} file
 */
function inDetail(file) {
  const state = file.state === "readable" ? many("message", file.messages ?? 0) : inAWord(file);
  const bytes = file.bytes === undefined ? [] : [`${file.bytes} bytes`];
  const more = [...bytes, ...(file.problem ? [file.problem.message] : [])];
  return more.length === 0 ? state : `${state} (${more.join("; ")})`;
}
