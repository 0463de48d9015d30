// Every sentence about sessions, so that they speak in one voice.

import { many, number, size } from "./numbers.js";
import {
  failureOf,
  gain,
  isGuarded,
  isRestorable,
  isRestored,
  isUndoable,
  isWithheld,
  liveOnly,
  standing,
} from "./verdict.js";

/** @import { File, Guard, Outcome, Status } from "../shapes.js" */
/** @import { Deed, Session, Tally } from "./verdict.js" */

/** @param {number} messages */
export function comeBack(messages) {
  return `${many(messages, "message")} ${messages === 1 ? "comes" : "come"} back`;
}

/** @param {number} messages */
function areBack(messages) {
  return `${many(messages, "message")} ${messages === 1 ? "is" : "are"} back`;
}

/**
 * Of messages that no backup holds.
 *
 * @param {number} messages
 */
export function standAlone(messages) {
  return `${many(messages, "message")} ${messages === 1 ? "stands" : "stand"} only in the live file`;
}

export const ONLY_BACKUP = "The live file is gone; only the backup is left.";

/** @param {number} messages */
export function restoreAndAdd(messages) {
  return `Restore and add ${many(messages, "message")}`;
}

export const RESTORE_ANYWAY = "Restore anyway";

/**
 * Why a session is left alone: in two or three words, and in a sentence.
 *
 * @type {Record<Guard, [string, string]>}
 */
const GUARDS = {
  cleared: [
    "Cleared on purpose",
    "The conversation was cleared on purpose; the live file says so.",
  ],
  compressed: [
    "Compressed on purpose",
    "The conversation was compressed on purpose; the live file says so.",
  ],
  undone: [
    "Taken back on purpose",
    "Messages were taken back on purpose, by an undo, a retry or an edit; the live file says so.",
  ],
  deleted: [
    "Deleted on purpose",
    "The session was deleted on purpose; the application’s list of deleted sessions has it.",
  ],
  unknown: [
    "Unknown session",
    "The live file is gone, and the application does not know the session.",
  ],
  deletions_unknown: [
    "Perhaps deleted",
    "The session may have been deleted on purpose; the list of deleted sessions cannot be read.",
  ],
};

/** @param {Guard} guard */
export function whyGuarded(guard) {
  return GUARDS[guard][1];
}

/**
 * @param {string} verb
 * @param {number} done
 * @param {number} total
 * @param {string} [thing]
 */
export function progress(verb, done, total, thing = "session") {
  return `${verb} ${number(done)} of ${many(total, thing)}`;
}

/**
 * What is said in a session's row.
 *
 * @typedef {object} Words
 * @property {string} tone for colour and icon
 * @property {string} state in two or three words
 * @property {string[]} sentences
 */

/**
 * @param {Session} session
 * @returns {Words}
 */
export function describe(session) {
  const words = describeNow(session);
  const news = session.news === undefined ? [] : [session.news];
  return { ...words, sentences: [...news, ...words.sentences] };
}

/**
 * What can be done about a session, in a button each.
 *
 * @param {Session} session
 * @returns {Partial<Record<Deed, string>>}
 */
export function buttons(session) {
  const { busy } = session;
  const labels = idleButtons(session);
  return busy ? { ...labels, [busy]: busy === "undo" ? "Undoing…" : "Restoring…" } : labels;
}

/**
 * @param {Session} session
 * @returns {Partial<Record<Deed, string>>}
 */
function idleButtons(session) {
  if (isUndoable(session)) {
    return { undo: "Undo" };
  }
  if (isGuarded(session)) {
    return { anyway: RESTORE_ANYWAY };
  }
  if (!isRestorable(session)) {
    return {};
  }
  const restore = failureOf(session) ? "Try again" : "Restore";
  const added = liveOnly(session.status);
  return added > 0 ? { restore, merge: restoreAndAdd(added) } : { restore };
}

/**
 * What came of an undo.
 *
 * @param {Outcome} outcome
 */
export function undone({ action, source, kept, error, errors = [] }) {
  if (action === "failed") {
    return notUndone(error ?? "");
  }
  if (source === undefined) {
    return notUndone("No kept file holds anything else than the live file.");
  }
  const present = kept === undefined ? "" : ` What it replaced is kept as ${kept}.`;
  const doubts = errors.map(({ message }) => ` ${message}`).join("");
  return `Undone: ${source} is put back.${present}${doubts}`;
}

/** @param {string} why */
export function notUndone(why) {
  return `Not undone: ${why}`;
}

/**
 * @param {Session} session
 * @returns {Words}
 */
function describeNow(session) {
  if (isRestored(session)) {
    return describeRestored(session);
  }
  const failure = failureOf(session);
  if (failure && !session.busy) {
    return { tone: "failed", state: "Not restored", sentences: [failure] };
  }
  return describeFound(session);
}

/**
 * @param {Session} session
 * @returns {Words}
 */
function describeRestored(session) {
  const { outcome, status } = session;
  const kept = outcome?.kept ? ` What was replaced is kept as ${outcome.kept}.` : "";
  const back = `${areBack(gain(status))}. The backup is still there.${kept}`;
  const sentences = [back, ...fateOfLiveOnly(session)];
  if (outcome?.action === "restored") {
    return { tone: "restored", state: "Restored", sentences };
  }
  const doubts = (outcome?.errors ?? []).map(({ message }) => message);
  const unconfirmed = [...sentences, ...doubts];
  return { tone: "restored", state: "Restored, not confirmed", sentences: unconfirmed };
}

/**
 * What became of the messages that stood in the live file alone.
 *
 * @param {Session} session
 */
function fateOfLiveOnly({ outcome, status }) {
  if (outcome?.merged) {
    const come = outcome.merged === 1 ? "comes" : "come";
    return [`${many(outcome.merged, "message")} of the live file ${come} after the backup’s.`];
  }
  const left = liveOnly(status);
  const are = left === 1 ? "is" : "are";
  return left > 0 && outcome?.kept
    ? [`${many(left, "message")} ${are} in the kept file only.`]
    : [];
}

/**
 * @param {Session} session
 * @returns {Words}
 */
function describeFound(session) {
  const { status } = session;
  const group = standing(session);
  const problems = problemsOf(status);
  switch (group) {
    case "hurt":
      return {
        tone: group,
        state: loss(status),
        sentences: [effect(status), ...leftOut(status), ...problems],
      };
    case "orphan":
      return { tone: group, state: "Live file gone", sentences: [effect(status), ONLY_BACKUP] };
    case "guarded":
      return describeGuarded(status);
    case "unclear":
      return { tone: group, state: doubt(status), sentences: [status.error ?? status.reason] };
    case "lost":
      return { tone: group, state: "Beyond help", sentences: problems };
    default:
      return { tone: group, state: "Fine", sentences: [status.reason] };
  }
}

/**
 * @param {Status} status
 * @returns {Words}
 */
function describeGuarded(status) {
  const [state, why] = GUARDS[status.guard ?? "unknown"];
  const left = gain(status);
  const stand = left === 1 ? "stands" : "stand";
  const alone = `${many(left, "message")} ${stand} only in the backup.`;
  return { tone: "guarded", state, sentences: [why, alone] };
}

/** @param {Status} status */
function leftOut(status) {
  const messages = liveOnly(status);
  return messages > 0 ? [`${standAlone(messages)}: a restore keeps them aside, or adds them.`] : [];
}

/** @param {Status} status */
function loss(status) {
  return status.live.state === "unreadable" ? "Damaged" : `${many(gain(status), "message")} lost`;
}

/** @param {Status} status */
function doubt(status) {
  if (status.recommend === "restore") {
    return "Something in the way";
  }
  return isWithheld(status) ? "Backup not used" : "Not judged";
}

/** @param {Status} status */
function problemsOf({ live, bak }) {
  const named = /** @type {const} */ ([
    ["Live file", live],
    ["Backup", bak],
  ]);
  return named.flatMap(([name, file]) => {
    if (file.problem) {
      return `${name}: ${file.problem.message}.`;
    }
    return file.state === "missing" ? `${name}: there is none.` : [];
  });
}

/**
 * What a restore does.
 *
 * @param {Status} status
 */
export function effect(status) {
  const back = comeBack(gain(status));
  const isMissing = status.live.state === "missing";
  return isMissing ? `${back} in a new live file.` : `${back}; ${liveFile(status)} is replaced.`;
}

/** @param {Status} status */
function liveFile({ live, live_messages }) {
  const bytes = live.bytes === undefined ? "" : ` (${size(live.bytes)})`;
  if (live.state === "unreadable") {
    return `the damaged live file${bytes}`;
  }
  return `the live file with ${many(live_messages, "message")}${bytes}`;
}

/** @param {File} file */
export function fileState({ state }) {
  return { missing: "no file", unreadable: "unreadable", undecided: "not judged", readable: "" }[
    state
  ];
}

/**
 * What the page is at.
 *
 * @typedef {"reading" | "unread" | "planning" | "checking" | "restoring" | "idle"} Phase
 */

const UNCHANGED = "Nothing is changed by that.";

/**
 * The one sentence at the top, and the one below it.
 *
 * @param {Tally} sum
 * @param {Phase} phase
 * @returns {[string, string]}
 */
export function headline(sum, phase) {
  switch (phase) {
    case "reading":
      return ["Reading the sessions…", UNCHANGED];
    case "unread":
      return ["Not every session was read", `${many(sum.sessions, "session")} are shown.`];
    case "planning":
      return ["Making a plan…", UNCHANGED];
    case "checking":
      return ["Checking everything…", UNCHANGED];
    case "restoring":
      return ["Restoring…", `${areBack(sum.messagesBack)} so far.`];
    default:
      return result(sum);
  }
}

/**
 * @param {Tally} sum
 * @returns {[string, string]}
 */
function result({ sessions, left, restorable, lostMessages, failed, restored, messagesBack }) {
  const others = left.unclear + left.lost;
  if (failed > 0 && failed === restorable) {
    const done = restored > 0 ? ` ${many(restored, "session")} restored.` : "";
    return [`${many(failed, "session")} not restored`, `Below is why.${done}`];
  }
  if (restorable > 0) {
    return [`${many(restorable, "session")} can be restored`, `${comeBack(lostMessages)}.`];
  }
  if (restored > 0) {
    const next = "Open the sessions in the application; their backups are still there.";
    return [`${many(restored, "session")} restored`, `${areBack(messagesBack)}. ${next}`];
  }
  if (others > 0) {
    return ["Nothing to restore automatically", `${many(others, "session")} may want a look.`];
  }
  if (sessions > 0) {
    const guarded = left.guarded > 0 ? ` ${number(left.guarded)} are as they are on purpose.` : "";
    return ["All is well", `${many(sessions, "session")}, and nothing to restore.${guarded}`];
  }
  return ["No sessions here", "The directory holds no ID.json and no ID.json.bak."];
}
