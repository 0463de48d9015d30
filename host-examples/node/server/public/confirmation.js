// The question before anything is replaced. It says what will happen, and what is left out.

import { planned } from "./changes.js";
import { element, find, visible } from "./dom.js";
import {
  areOnlyLive,
  bringsBack,
  damage,
  effect,
  leftOutBySalvage,
  RESTORE_ANYWAY,
  restoreAndAdd,
  wholeMessages,
  whyGuarded,
} from "./messages.js";
import { many, number } from "./numbers.js";
import { sumOf } from "./plan.js";
import { damagedName, gain, isMerge, isRestored, liveOnly, salvageGain } from "./verdict.js";

/** @import { Change, Status } from "../shapes.js" */
/** @import { Plans, Sum } from "./plan.js" */
/** @import { Deed, Session } from "./verdict.js" */

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string[]} sentences
 * @property {string} button
 * @property {Change[]} [changes] the plan that is asked about
 * @property {string} [choice] what it is called among others
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
  const questions = { restore: aboutRestore, merge: aboutMerge, salvage: aboutSalvage };
  return { ...questions, anyway: aboutGuarded, undo: aboutUndo }[deed](session);
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

/** @param {Session} session */
function mergesInto(session) {
  const { gained = 0 } = session.status.salvage ?? {};
  return `It restores the backup, and adds ${many(gained, "message")} of ${damagedName(session)}.`;
}

/**
 * @param {Session} session
 * @returns {Question}
 */
function aboutSalvage(session) {
  const { id, status } = session;
  const back = salvageGain(session);
  const effect = status.salvage?.forced
    ? `This adds the live file’s messages to the ${wholeMessages(session)} of ${damagedName(session)}.`
    : `It puts the ${wholeMessages(session)} of ${damagedName(session)} in the live file’s place.`;
  return {
    title: `Salvage ${visible(id)}?`,
    sentences: [
      `A salvage ${bringsBack(back)}. ${isMerge(session) ? mergesInto(session) : effect}`,
      ...damage(session),
      ...leftOutBySalvage(session),
      fateOfDamaged(session),
      STOP_FIRST,
    ],
    button: `Salvage ${many(back, "message")}`,
  };
}

/** @param {Session} session */
function fateOfDamaged(session) {
  const { id, status } = session;
  if (damagedName(session) === `${id}.json`) {
    return "The damaged file is kept under another name.";
  }
  const isMissing = status.live.state === "missing" && !isRestored(session);
  const live = isMissing
    ? "There is no live file now."
    : "The old live file is kept under another name.";
  return `${live} The damaged file does not change.`;
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
 * A question for each plan that has changes. The first is the usual answer: without a salvage, unless
 * nothing else brings messages back.
 *
 * @param {Plans} plans
 * @param {Session[]} sessions
 * @returns {Question[]}
 */
export function aboutPlans({ plain, salvaging }, sessions) {
  const more = sumOf(salvaging, sessions).more;
  const questions = [
    ...(plain.length > 0 ? [aboutPlan(plain, sessions, more)] : []),
    ...(salvaging.length > 0 ? [aboutPlan(salvaging, sessions, 0)] : []),
  ];
  return plain.some(({ kind }) => kind === "restore") ? questions : questions.reverse();
}

/**
 * @param {Change[]} changes
 * @param {Session[]} sessions
 * @param {number} left messages that only a salvage would bring back
 * @returns {Question}
 */
function aboutPlan(changes, sessions, left) {
  const task = taskOf(changes);
  const sum = sumOf(changes, sessions);
  const more = sum.more > 0 ? `, ${number(sum.more)} of them only by the salvage` : "";
  return {
    title: `${task}?`,
    sentences: [
      ...(sum.back > 0 ? allConsequences(sum) : []),
      ...(left > 0 ? [`A salvage would bring back ${many(left, "more message")}.`] : []),
      ...leftOut(sum.liveOnly),
      THIS_PLAN,
      STOP_FIRST,
    ],
    button: task,
    changes,
    choice: sum.back > 0 ? `${task}: ${bringsBack(sum.back)}${more}` : task,
  };
}

/** @param {Change[]} changes */
function taskOf(changes) {
  const count = (/** @type {Change["kind"]} */ kind) =>
    changes.filter((change) => change.kind === kind).length;
  const [restores, salvages] = [count("restore"), count("salvage")];
  const others = changes.length - restores - salvages;
  if (restores + salvages === 0) {
    return `Make ${many(others, "change")}`;
  }
  const tasks = [
    ...(restores > 0 ? [`restore ${many(restores, "session")}`] : []),
    ...(salvages > 0 ? [`salvage ${many(salvages, "session")}`] : []),
    ...(others > 0 ? [`make ${many(others, "other change")}`] : []),
  ];
  const task = new Intl.ListFormat("en-GB").format(tasks);
  return `${task.slice(0, 1).toUpperCase()}${task.slice(1)}`;
}

/** @param {Sum} sum */
function allConsequences({ back, replaced, damaged, created }) {
  const replaces =
    replaced > 0 ? ` It replaces ${many(replaced, "live file")} (${number(damaged)} damaged).` : "";
  const creates = created > 0 ? ` It creates ${many(created, "live file")}.` : "";
  const kept = replaced > 0 ? [ALL_REPLACED] : [];
  return [`This ${bringsBack(back)}.${replaces}${creates}`, ...kept];
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
 * Asks one question, or lets the operator choose one of several.
 *
 * @param {HTMLDialogElement} dialog
 * @param {Question[]} questions
 * @returns {Promise<Question | undefined>} the one that was answered with yes
 */
export async function confirm(dialog, questions) {
  let [chosen] = questions;
  if (!chosen) {
    return undefined;
  }
  show(dialog, chosen);
  offer(dialog, questions, (question) => {
    chosen = question;
    show(dialog, question);
  });
  dialog.showModal();
  return (await answer(dialog)) ? chosen : undefined;
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {Question[]} questions
 * @param {(question: Question) => void} onChoice
 */
function offer(dialog, questions, onChoice) {
  const choice = find(dialog, ".choice", HTMLFieldSetElement);
  choice.hidden = questions.length < 2;
  const labels = questions.map((question, at) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "choice", checked: at === 0 });
    input.autofocus = at === 0;
    input.addEventListener("change", () => onChoice(question));
    label.append(input, element(question.choice ?? question.title, "span"));
    return label;
  });
  choice.replaceChildren(...(choice.hidden ? [] : labels));
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {Question} question
 */
function show(dialog, { title, sentences, button, changes = [] }) {
  find(dialog, "h2", HTMLElement).textContent = title;
  find(dialog, "ul", HTMLElement).replaceChildren(
    ...sentences.map((sentence) => element(sentence, "li")),
  );
  find(dialog, ".plan", HTMLElement).hidden = changes.length === 0;
  find(dialog, ".plan ol", HTMLElement).replaceChildren(...changes.map(planned));
  find(dialog, "[value=yes]", HTMLElement).textContent = button;
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
