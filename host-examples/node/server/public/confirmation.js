// The question before anything is replaced. It says what will happen, and what is left out.

import { planned } from "./changes.js";
import { element, find, visible } from "./dom.js";
import {
  areOnlyLive,
  bringsBack,
  effect,
  RESTORE_ANYWAY,
  restoreAndAdd,
  whyGuarded,
} from "./messages.js";
import { many, number } from "./numbers.js";
import { gain, liveOnly } from "./verdict.js";

/** @import { Change, Status } from "../shapes.js" */
/** @import { Deed, Session, Tally } from "./verdict.js" */

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string[]} sentences
 * @property {string} button
 * @property {Change[]} [changes] the plan that is asked about
 */

const ONE_REPLACED = "The old live file is kept under another name. The backup does not change.";
const ALL_REPLACED = "The old live files are kept under other names. The backups do not change.";
const CREATED = "There is no live file now. The backup does not change.";
const THIS_PLAN =
  "The server makes the changes of the plan below, and no others. It refuses a change if its files have changed since the plan was made.";
const STOP_FIRST =
  "Stop the chat application first. If it saves a message during a restore, that message can be lost.";

/**
 * @param {Session} session
 * @param {Deed} deed
 * @returns {Question}
 */
export function aboutOne(session, deed) {
  const questions = { restore: aboutRestore, merge: aboutMerge, anyway: aboutGuarded };
  return { ...questions, undo: aboutUndo }[deed](session);
}

/**
 * @param {Session} session
 * @returns {Question}
 */
function aboutRestore({ id, status }) {
  return {
    title: `Restore ${visible(id)}?`,
    sentences: consequences(status),
    button: `Restore ${many(gain(status), "message")}`,
  };
}

/**
 * @param {Session} session
 * @returns {Question}
 */
function aboutGuarded({ id, status }) {
  return {
    title: `Restore ${visible(id)} anyway?`,
    sentences: [whyGuarded(status.guard ?? "unknown"), ...consequences(status)],
    button: RESTORE_ANYWAY,
  };
}

/**
 * What a restore does and leaves out.
 *
 * @param {Status} status
 */
function consequences(status) {
  const fate = status.live.state === "missing" ? CREATED : ONE_REPLACED;
  return [effect(status), ...leftOut(liveOnly(status)), fate, STOP_FIRST];
}

/**
 * @param {Session} session
 * @returns {Question}
 */
function aboutMerge({ id, status }) {
  const added = liveOnly(status);
  const are = added === 1 ? "It is" : "They are";
  return {
    title: `Restore ${visible(id)} and add ${many(added, "message")}?`,
    sentences: [
      effect(status),
      `${areOnlyLive(added)} ${are} added after the backup’s.`,
      ONE_REPLACED,
      STOP_FIRST,
    ],
    button: restoreAndAdd(added),
  };
}

/**
 * @param {Session} session
 * @returns {Question}
 */
function aboutUndo({ id, outcome }) {
  return {
    title: `Undo the restore of ${visible(id)}?`,
    sentences: [
      `The old live file, ${outcome?.kept}, replaces the restored one.`,
      "The restored live file is kept under another name. The backup does not change.",
      STOP_FIRST,
    ],
    button: "Undo",
  };
}

/**
 * @param {Change[]} changes
 * @param {Tally} sum of the sessions that they restore
 * @returns {Question}
 */
export function aboutPlan(changes, sum) {
  const task = taskOf(changes);
  return {
    title: `${task}?`,
    sentences: [
      ...(sum.restorable > 0 ? allConsequences(sum) : []),
      ...leftOut(sum.liveOnly),
      THIS_PLAN,
      STOP_FIRST,
    ],
    button: task,
    changes,
  };
}

/** @param {Change[]} changes */
function taskOf(changes) {
  const restores = changes.filter(({ kind }) => kind === "restore").length;
  const others = changes.length - restores;
  if (restores === 0) {
    return `Make ${many(others, "change")}`;
  }
  const more = others > 0 ? ` and make ${many(others, "other change")}` : "";
  return `Restore ${many(restores, "session")}${more}`;
}

/** @param {Tally} sum */
function allConsequences({ left, lostMessages, damaged }) {
  const { restorable, missing } = left;
  const replaced =
    restorable > 0
      ? ` It replaces ${many(restorable, "live file")} (${number(damaged)} damaged).`
      : "";
  const created = missing > 0 ? ` It creates ${many(missing, "live file")}.` : "";
  const kept = restorable > 0 ? [ALL_REPLACED] : [];
  return [`This ${bringsBack(lostMessages)}.${replaced}${created}`, ...kept];
}

/**
 * What a restore that adds nothing leaves out.
 *
 * @param {number} messages
 */
function leftOut(messages) {
  const stay = messages === 1 ? "It stays" : "They stay";
  return messages > 0 ? [`${areOnlyLive(messages)} ${stay} in the old live file.`] : [];
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {Question} question
 * @returns {Promise<boolean>}
 */
export function confirm(dialog, { title, sentences, button, changes = [] }) {
  find(dialog, "h2", HTMLElement).textContent = title;
  find(dialog, "ul", HTMLElement).replaceChildren(
    ...sentences.map((sentence) => element(sentence, "li")),
  );
  find(dialog, ".plan", HTMLElement).hidden = changes.length === 0;
  find(dialog, ".plan ol", HTMLElement).replaceChildren(...changes.map(planned));
  find(dialog, "[value=yes]", HTMLElement).textContent = button;
  dialog.showModal();
  return answer(dialog);
}

/**
 * @param {HTMLDialogElement} dialog
 * @returns {Promise<boolean>} settled at once, because the next question may follow at once
 */
function answer(dialog) {
  const settled = new AbortController();
  return new Promise((resolve) => {
    /** @param {boolean} isYes */
    const settle = (isYes) => {
      settled.abort();
      resolve(isYes);
    };
    const { signal } = settled;
    const isYes = (/** @type {SubmitEvent} */ { submitter }) =>
      submitter instanceof HTMLButtonElement && submitter.value === "yes";
    dialog.addEventListener("submit", (event) => settle(isYes(event)), { signal });
    dialog.addEventListener("cancel", () => settle(false), { signal });
    // It may close without either. The close event of the question before comes late: ignore it.
    dialog.addEventListener("close", () => dialog.open || settle(false), { signal });
  });
}
