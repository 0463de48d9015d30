// What is asked before the changes of a repair plan are made.

import { planned } from "./changes.js";
import { areOnlyLive, bringsBack } from "./messages.js";
import { many, number } from "./numbers.js";
import { sumOf } from "./plan.js";
import { STOP_FIRST } from "./questions.js";

/** @import { Change } from "../shapes.js" */
/** @import { Question } from "./confirmation.js" */
/** @import { Plans, Sum } from "./plan.js" */
/** @import { Session } from "./verdict.js" */

/** @typedef {Question & { changes: Change[] }} PlanQuestion */

const ALL_REPLACED = "The old live files are kept under other names. The backups do not change.";
const THIS_PLAN =
  "The server makes the changes of the plan below, and no others. It refuses a change if its files have changed since the plan was made.";

/**
 * A question for each plan that has changes. The first is the usual answer: without a salvage, unless
 * nothing else brings messages back.
 *
 * @param {Plans} plans
 * @param {Session[]} sessions
 * @returns {PlanQuestion[]}
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
 * @returns {PlanQuestion}
 */
function aboutPlan(changes, sessions, left) {
  const count = (/** @type {Change["kind"]} */ kind) =>
    changes.filter((change) => change.kind === kind).length;
  const [restores, salvages] = [count("restore"), count("salvage")];
  const task = taskOf(restores, salvages, changes.length - restores - salvages);
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
    plan: changes.map(planned),
    choice: sum.back > 0 ? `${task}: ${bringsBack(sum.back)}${more}` : task,
  };
}

/**
 * @param {number} restores
 * @param {number} salvages
 * @param {number} others
 */
export function taskOf(restores, salvages, others) {
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

/** @param {Pick<Sum, "back" | "replaced" | "damaged" | "created">} sum */
export function allConsequences({ back, replaced, damaged, created }) {
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
export function leftOut(messages) {
  const stay = messages === 1 ? "It stays" : "They stay";
  return messages > 0 ? [`${areOnlyLive(messages)} ${stay} in the old live file.`] : [];
}
