// Every sentence about sessions, so that they speak in one voice.

import { many, number, size } from "./numbers.js";
import { failureOf, gain, isRestorable, isRestored, isWithheld, standing } from "./verdict.js";

/** @import { File, Status } from "../shapes.js" */
/** @import { Session, Tally } from "./verdict.js" */

/** @param {number} messages */
export function comeBack(messages) {
  return `${many(messages, "message")} ${messages === 1 ? "comes" : "come"} back`;
}

/** @param {number} messages */
function areBack(messages) {
  return `${many(messages, "message")} ${messages === 1 ? "is" : "are"} back`;
}

/**
 * @param {string} verb
 * @param {number} done
 * @param {number} total
 */
export function progress(verb, done, total) {
  return `${verb} ${number(done)} of ${many(total, "session")}`;
}

/**
 * What is said in a session's row.
 *
 * @typedef {object} Words
 * @property {string} tone for colour and icon
 * @property {string} state in two or three words
 * @property {string[]} sentences
 * @property {string} [button]
 */

/**
 * @param {Session} session
 * @returns {Words}
 */
export function describe(session) {
  if (isRestored(session)) {
    return describeRestored(session);
  }
  const failure = failureOf(session);
  if (failure && !session.isBusy) {
    return { tone: "failed", state: "Not restored", sentences: [failure], button: "Try again" };
  }
  const words = describeFound(session);
  const button = session.isBusy ? "Restoring…" : "Restore";
  return isRestorable(session) ? { ...words, button } : words;
}

/**
 * @param {Session} session
 * @returns {Words}
 */
function describeRestored({ outcome, status }) {
  const kept = outcome?.kept ? ` What was replaced is kept as ${outcome.kept}.` : "";
  const back = `${areBack(gain(status))}. The backup is still there.${kept}`;
  if (outcome?.action === "restored") {
    return { tone: "restored", state: "Restored", sentences: [back] };
  }
  const doubts = (outcome?.errors ?? []).map(({ message }) => message);
  return { tone: "restored", state: "Restored, not confirmed", sentences: [back, ...doubts] };
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
      return { tone: group, state: loss(status), sentences: [effect(status), ...problems] };
    case "orphan":
      return { tone: group, state: "No live file", sentences: [effect(status)] };
    case "unclear":
      return { tone: group, state: doubt(status), sentences: [status.error ?? status.reason] };
    case "lost":
      return { tone: group, state: "Beyond help", sentences: problems };
    default:
      return { tone: group, state: "Fine", sentences: [status.reason] };
  }
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

/** @typedef {"reading" | "unread" | "restoring" | "idle"} Phase what the page is at */

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
      return ["Reading the sessions…", "Nothing is changed by that."];
    case "unread":
      return ["Not every session was read", `${many(sum.sessions, "session")} are shown.`];
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
function result({ sessions, left, lostMessages, failed, restored, messagesBack }) {
  const others = left.orphan + left.unclear + left.lost;
  if (failed > 0 && failed === left.hurt) {
    const done = restored > 0 ? ` ${many(restored, "session")} restored.` : "";
    return [`${many(failed, "session")} not restored`, `Below is why.${done}`];
  }
  if (left.hurt > 0) {
    return [`${many(left.hurt, "session")} can be restored`, `${comeBack(lostMessages)}.`];
  }
  if (restored > 0) {
    const next = "Open the sessions in the application; their backups are still there.";
    return [`${many(restored, "session")} restored`, `${areBack(messagesBack)}. ${next}`];
  }
  if (others > 0) {
    return ["Nothing to restore automatically", `${many(others, "session")} may want a look.`];
  }
  if (sessions > 0) {
    return ["All is well", `${many(sessions, "session")}, and nothing to restore.`];
  }
  return ["No sessions here", "The directory holds no ID.json and no ID.json.bak."];
}
