// “Restore all” means what the command `recover-all` does. Before, its dry run says what that is.

import { recoverAll } from "./api.js";
import { box, element, words } from "./dom.js";
import { bringsBack } from "./messages.js";
import { many, number } from "./numbers.js";
import { nameOf } from "./order.js";
import { allConsequences, leftOut, taskOf } from "./plans.js";
import { STOP_FIRST, steps } from "./questions.js";
import { gain, isRestored, liveOnly, salvageGain } from "./verdict.js";

/** @import { How } from "./api.js" */
/** @import { Outcome } from "../shapes.js" */
/** @import { Question } from "./confirmation.js" */
/** @import { Sessions } from "./sessions.js" */
/** @import { Session } from "./verdict.js" */

/** @typedef {How & { session_ids?: string[] }} Task */
/** @typedef {Question & { task: Task }} TaskQuestion */
/** @typedef {(done: number, total: number) => void} OnProgress */

/**
 * What a task would do.
 *
 * @param {Task} task
 * @param {AbortSignal} signal
 * @param {OnProgress} [onProgress]
 */
export async function tried(task, signal, onProgress) {
  const outcomes = [];
  for await (const part of recoverAll({ ...task, dry_run: true }, signal)) {
    if ("sessions" in part) {
      outcomes.push(...part.sessions);
      onProgress?.(part.done, part.total);
    }
  }
  return outcomes;
}

/**
 * @param {Task} task
 * @param {Outcome[]} outcomes of its dry run
 * @param {Sessions} sessions
 * @param {number} [more] messages that only a salvage would bring back
 * @returns {TaskQuestion}
 */
export function aboutTask(task, outcomes, sessions, more = 0) {
  const due = outcomes.filter(({ action }) => action === "would_restore");
  const sum = sumOf(due, sessions);
  const salvages = due.filter(({ salvaged }) => salvaged !== undefined).length;
  const name = due.length > 0 ? taskOf(due.length - salvages, salvages, 0) : "Restore nothing";
  const only = sum.more > 0 ? `, ${number(sum.more)} of them only by the salvage` : "";
  const best = task.best ? ", each from its best source" : "";
  const back = sum.isKnown ? `: ${bringsBack(sum.back)}${only}` : "";
  return {
    task,
    title: due.length > 0 ? `${name}?` : "Nothing would be restored",
    sentences: [
      ...(due.length > 0 ? consequences(sum) : []),
      ...(more > 0 ? [`A salvage would bring back ${many(more, "more message")}.`] : []),
      ...leftOut(sum.liveOnly),
      ...leftAlone(task, outcomes, due),
      ...(due.length > 0 ? [STOP_FIRST] : []),
    ],
    button: due.length > 0 ? name : "",
    plan: due.map((outcome) => planned(outcome, sessions.get(outcome.session_id))),
    planTitle: `What ${commandOf(task)} says`,
    choice: due.length > 0 ? `${name}${best}${back}` : `${name}${best}`,
  };
}

/**
 * The same as a command.
 *
 * @param {Task} task
 */
export function commandOf({ salvage, best }) {
  return `recover-all${salvage ? " --salvage" : ""}${best ? " --best" : ""} --dry-run`;
}

/**
 * @param {Outcome[]} due
 * @param {Sessions} sessions
 */
function sumOf(due, sessions) {
  const sum = { back: 0, more: 0, liveOnly: 0, replaced: 0, damaged: 0, created: 0, isKnown: true };
  for (const outcome of due) {
    const { salvaged, source, session_id: id } = outcome;
    const session = sessions.get(id);
    const isBackup = source === `${id}.json.bak` && salvaged === undefined;
    if (salvaged !== undefined && session) {
      sum.back += salvageGain(session);
      sum.more += session.status.salvage?.gained ?? 0;
    } else if (isBackup) {
      sum.back += gain(outcome);
      sum.liveOnly += liveOnly(outcome);
    } else {
      sum.isKnown = false;
    }
    const live = session && isRestored(session) ? "readable" : outcome.live.state;
    sum.replaced += live === "missing" ? 0 : 1;
    sum.damaged += live === "unreadable" ? 1 : 0;
    sum.created += live === "missing" ? 1 : 0;
  }
  return sum;
}

/** @param {ReturnType<typeof sumOf>} sum */
function consequences(sum) {
  if (sum.isKnown) {
    return allConsequences(sum);
  }
  const [, ...others] = allConsequences(sum);
  const files = `It replaces ${many(sum.replaced, "live file")} (${number(sum.damaged)} damaged), and creates ${number(sum.created)}.`;
  return [files, ...others];
}

/**
 * @param {Task} task
 * @param {Outcome[]} outcomes
 * @param {Outcome[]} due
 */
function leftAlone({ session_ids }, outcomes, due) {
  const guarded = outcomes.filter(({ guard }) => guard !== undefined).length;
  const failed = outcomes.filter(({ action }) => action === "failed").length;
  const rest = session_ids ? session_ids.length - due.length - guarded - failed : 0;
  const stay = (/** @type {number} */ n) => (n === 1 ? "stays as it is" : "stay as they are");
  return [
    ...(guarded > 0 ? [`${many(guarded, "session")} ${stay(guarded)}, shorter on purpose.`] : []),
    ...(failed > 0 ? [`${many(failed, "session")} cannot be restored and ${stay(failed)}.`] : []),
    ...(rest > 0 ? [`${many(rest, "session")} of the chosen ${stay(rest)}: nothing is due.`] : []),
  ];
}

/**
 * @param {Outcome} outcome
 * @param {Session} [session]
 */
function planned(outcome, session) {
  const known = session ?? { id: outcome.session_id, group: "complete", status: outcome };
  const name = box("p", "whose", words(nameOf(known)));
  const lines = steps(known, outcome).flatMap((step) => [...step.children]);
  return box("li", "", name, ...lines, element(outcome.reason));
}
