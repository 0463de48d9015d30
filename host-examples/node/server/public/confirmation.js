// Asks before anything is changed. Where there is a choice, each answer shows what it would do.

import { box, button, element, find } from "./dom.js";
import { explain } from "./failure.js";
import { number } from "./numbers.js";

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string[]} sentences
 * @property {string} button empty if there is nothing to do
 * @property {HTMLElement[]} [plan] what would be done, step by step
 * @property {string} [planTitle]
 * @property {string} [choice] what it is called among others
 * @property {(signal: AbortSignal) => Promise<Omit<Question, "load">>} [load] asks the server what it
 *   would do
 */

/** How many steps are shown without being asked for. */
const FEW = 100;

/**
 * Asks one question, or lets the operator choose one of several.
 *
 * @template {Question} Kind
 * @param {Kind[]} questions
 * @returns {Promise<Kind | undefined>} the one that was answered with yes
 */
export async function confirm(questions) {
  const dialog = find(document, "#confirmation", HTMLDialogElement);
  let [chosen] = questions;
  if (!chosen) {
    return undefined;
  }
  const closed = new AbortController();
  show(dialog, chosen);
  offer(dialog, questions, async (question, label) => {
    chosen = question;
    show(dialog, question);
    if (question.load) {
      await loaded(question, closed.signal);
      label.textContent = question.choice ?? question.title;
      if (chosen === question) {
        show(dialog, question);
      }
    }
  });
  dialog.showModal();
  const isYes = await answer(dialog);
  closed.abort();
  return isYes ? chosen : undefined;
}

/**
 * @param {Question} question
 * @param {AbortSignal} signal
 */
async function loaded(question, signal) {
  try {
    Object.assign(question, await question.load?.(signal));
    delete question.load;
  } catch (error) {
    Object.assign(question, { sentences: explain(error), button: "" });
  }
}

/**
 * @template {Question} Kind
 * @param {HTMLDialogElement} dialog
 * @param {Kind[]} questions
 * @param {(question: Kind, label: HTMLElement) => void} onChoice
 */
function offer(dialog, questions, onChoice) {
  const choice = find(dialog, ".choice", HTMLFieldSetElement);
  choice.hidden = questions.length < 2;
  const labels = questions.map((question, at) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    const text = element(question.choice ?? question.title, "span");
    Object.assign(input, { type: "radio", name: "choice", checked: at === 0 });
    input.autofocus = at === 0;
    input.addEventListener("change", () => onChoice(question, text));
    label.append(input, text);
    return label;
  });
  choice.replaceChildren(...(choice.hidden ? [] : labels));
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {Question} question
 */
function show(dialog, { title, sentences, button: label, plan = [], planTitle = "The plan" }) {
  find(dialog, "h2", HTMLElement).textContent = title;
  find(dialog, "ul", HTMLElement).replaceChildren(
    ...sentences.map((sentence) => element(sentence, "li")),
  );
  find(dialog, ".plan", HTMLElement).hidden = plan.length === 0;
  find(dialog, ".plan h3", HTMLElement).textContent = planTitle;
  showPlan(find(dialog, ".plan ol", HTMLElement), plan);
  const yes = find(dialog, "[value=yes]", HTMLButtonElement);
  yes.textContent = label;
  yes.hidden = label === "";
}

/**
 * @param {HTMLElement} list
 * @param {HTMLElement[]} plan
 */
function showPlan(list, plan) {
  const [few, others] = [plan.slice(0, FEW), plan.slice(FEW)];
  list.replaceChildren(...few);
  if (others.length > 0) {
    const more = button(`Show the other ${number(others.length)}`, () => {
      item.replaceWith(...others);
    });
    const item = box("li", "more", more);
    list.append(item);
  }
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
