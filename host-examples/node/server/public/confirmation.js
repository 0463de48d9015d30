// The question before anything is replaced: it says what will happen, and what is lost by it.

import { planned } from "./changes.js";
import { element, find, visible } from "./dom.js";
import { many, number } from "./numbers.js";
import { gain, liveOnly } from "./verdict.js";
import {
  comeBack,
  effect,
  ONLY_BACKUP,
  RESTORE_ANYWAY,
  restoreAndAdd,
  standAlone,
  whyGuarded,
} from "./words.js";

/** @import { Change, Status } from "../shapes.js" */
/** @import { Deed, Session, Tally } from "./verdict.js" */

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string[]} sentences
 * @property {string} button
 * @property {Change[]} [changes] the plan that is asked about
 */

const ONE_REPLACED = "What the live file holds now is kept beside it. The backup stays as it is.";
const ALL_REPLACED = "What these files hold now is kept beside them. The backups stay as they are.";
const CREATED = `${ONLY_BACKUP} It stays as it is.`;
const THIS_PLAN =
  "What is done is the plan below, and nothing else. A change is refused if its files are not what they were when the plan was made.";
const STOP_FIRST =
  "Stop the chat application first: a message that it saves during a restore can be lost.";

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
 * What comes of a restore.
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
  const come = added === 1 ? "it comes" : "they come";
  return {
    title: `Restore ${visible(id)} and add ${many(added, "message")}?`,
    sentences: [
      effect(status),
      `${standAlone(added)}: ${come} after the backup’s.`,
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
    sentences: [`The live file becomes what it was: ${outcome?.kept}.`, ONE_REPLACED, STOP_FIRST],
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
  const { hurt, orphan } = left;
  const replaced =
    hurt > 0 ? ` Replaced: ${many(hurt, "live file")} (${number(damaged)} damaged).` : "";
  const created = orphan > 0 ? ` Made anew: ${many(orphan, "live file")}.` : "";
  return [`${comeBack(lostMessages)}.${replaced}${created}`, ...(hurt > 0 ? [ALL_REPLACED] : [])];
}

/**
 * What a restore that adds nothing leaves out.
 *
 * @param {number} messages
 */
function leftOut(messages) {
  const stay = messages === 1 ? "it stays" : "they stay";
  return messages > 0 ? [`${standAlone(messages)}: ${stay} in what is kept.`] : [];
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
 * @returns {Promise<boolean>} as soon as there is one, as the next question may follow at once
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
    // It may close without either. That of the question before is told late, and is no answer.
    dialog.addEventListener("close", () => dialog.open || settle(false), { signal });
  });
}
