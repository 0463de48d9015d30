// The question before anything is replaced: it says what will happen, and what is lost by it.

import { element, find, visible } from "./dom.js";
import { many, number } from "./numbers.js";
import { gain, liveOnly } from "./verdict.js";
import { comeBack, effect, restoreAndAdd, standAlone } from "./words.js";

/** @import { Deed, Session, Tally } from "./verdict.js" */

/** @typedef {{ title: string, sentences: string[], button: string }} Question */

const ONE_REPLACED = "What the live file holds now is kept beside it. The backup stays as it is.";
const ALL_REPLACED = "What these files hold now is kept beside them. The backups stay as they are.";
const CREATED = "It may have been deleted on purpose. The backup stays as it is.";
const STOP_FIRST =
  "Stop the chat application first: a message that it saves during a restore can be lost.";

/**
 * @param {Session} session
 * @param {Deed} deed
 * @returns {Question}
 */
export function aboutOne(session, deed) {
  return { restore: aboutRestore, merge: aboutMerge, undo: aboutUndo }[deed](session);
}

/**
 * @param {Session} session
 * @returns {Question}
 */
function aboutRestore({ id, status, group }) {
  const fate = group === "orphan" ? CREATED : ONE_REPLACED;
  return {
    title: `Restore ${visible(id)}?`,
    sentences: [effect(status), ...leftOut(liveOnly(status)), fate, STOP_FIRST],
    button: `Restore ${many(gain(status), "message")}`,
  };
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
 * @param {Tally} sum
 * @returns {Question}
 */
export function aboutAll({ left, lostMessages, liveOnly: alone, damaged }) {
  const sessions = many(left.hurt, "session");
  const files = `${many(left.hurt, "live file")} (${number(damaged)} damaged)`;
  return {
    title: `Restore ${sessions}?`,
    sentences: [
      `${comeBack(lostMessages)}. Replaced: ${files}.`,
      ...leftOut(alone),
      ALL_REPLACED,
      STOP_FIRST,
    ],
    button: `Restore ${sessions}`,
  };
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
export function confirm(dialog, { title, sentences, button }) {
  find(dialog, "h2", HTMLElement).textContent = title;
  find(dialog, "ul", HTMLElement).replaceChildren(
    ...sentences.map((sentence) => element(sentence, "li")),
  );
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
