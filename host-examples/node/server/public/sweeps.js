// Restores all sessions, or the chosen ones, after a question that shows what a dry run says.

import { aboutTask, tried } from "./all.js";
import { recoverAll } from "./api.js";
import { confirm } from "./confirmation.js";
import { backedOff, progress, swept } from "./messages.js";
import { announce } from "./notices.js";
import { hasBackedOff, isDueToSalvage, isRestorable, tally } from "./verdict.js";

/** @import { Outcome } from "../shapes.js" */
/** @import { Task, TaskQuestion } from "./all.js" */
/** @import { App } from "./page.js" */
/** @import { Session } from "./verdict.js" */

/**
 * @param {App} app
 * @param {string[]} [ids] the chosen ones; all without it
 */
export async function restoreMany(app, ids) {
  if (app.stage.isWorking) {
    return;
  }
  const questions = await ask(app, ids);
  const answer = await confirm(questions);
  if (!answer) {
    return;
  }
  const retry = () => restoreMany(app, ids);
  const end = await app.stage.during("restoring", retry, (signal) =>
    carryOut(app, answer.task, signal),
  );
  app.stage.enter("idle");
  app.overview.focus();
  if (end === "stopped") {
    await app.load();
  } else {
    await app.renewed([]);
  }
}

/**
 * The choices, the usual one first: without a salvage, unless nothing else brings messages back.
 *
 * @param {App} app
 * @param {string[]} [ids]
 * @returns {Promise<TaskQuestion[]>} none if the server did not say what it would do
 */
async function ask(app, ids) {
  const { sessions, stage } = app;
  /** @type {Outcome[]} */
  let plain = [];
  /** @type {Outcome[]} */
  let salvaging = [];
  const before = stage.phase;
  const chosen = ids ? { session_ids: ids } : {};
  const salvage = { ...chosen, salvage: true };
  const retry = () => restoreMany(app, ids);
  const end = await stage.during("planning", retry, async (signal) => {
    stage.work.wait("Asking what would be done");
    const onProgress = (/** @type {number} */ done, /** @type {number} */ total) =>
      stage.work.show(done, total, progress("Looked at", done, total));
    plain = await tried(chosen, signal, onProgress);
    const isMore = sessions.all().some((one) => isDueToSalvage(one) && isMeant(one.id, ids));
    salvaging = isMore ? await tried(salvage, signal, onProgress) : [];
  });
  stage.enter(before);
  if (end === "done" && !isAsShown(plain, sessions.all(), ids)) {
    await app.load();
  }
  if (ids) {
    app.browser.focusButton();
  } else {
    app.overview.focusButton();
  }
  const questions = end === "done" ? choices(app, [chosen, plain], [salvage, salvaging]) : [];
  const isBetter = tally(sessions.all()).at.better > 0;
  const isDue = questions.some(({ button }) => button !== "");
  return ids || isDue || isBetter ? questions : [];
}

/**
 * Whether a dry run would restore what the page says can be restored.
 *
 * @param {Outcome[]} outcomes
 * @param {Session[]} sessions
 * @param {string[]} [ids]
 */
function isAsShown(outcomes, sessions, ids) {
  const due = outcomes.filter(({ action }) => action !== "nothing").map((one) => one.session_id);
  const shown = sessions.filter((one) => isRestorable(one) && isMeant(one.id, ids));
  return due.length === shown.length && shown.every(({ id }) => due.includes(id));
}

/**
 * @param {App} app
 * @param {[Task, Outcome[]]} plainly
 * @param {[Task, Outcome[]]} salvagingly
 * @returns {TaskQuestion[]}
 */
function choices({ sessions }, [chosen, plain], [salvage, salvaging]) {
  const { more } = tally(sessions.all().filter(({ id }) => isMeant(id, chosen.session_ids)));
  const first = aboutTask(chosen, plain, sessions, salvaging.length > 0 ? more : 0);
  const second = salvaging.length > 0 ? [aboutTask(salvage, salvaging, sessions)] : [];
  const usual = first.button === "" && second.length > 0 ? [...second] : [first, ...second];
  const best = { ...chosen, best: true };
  /** @type {TaskQuestion} */
  const last = {
    task: best,
    title: "Restore each session from its best source?",
    choice: "Each session from its best source, whatever file that is",
    sentences: ["Reading all sources of all sessions…"],
    button: "",
    load: async (signal) => aboutTask(best, await tried(best, signal), sessions),
  };
  return [...usual, last];
}

/**
 * @param {string} id
 * @param {string[]} [ids]
 */
function isMeant(id, ids) {
  return ids === undefined || ids.includes(id);
}

/**
 * @param {App} app
 * @param {Task} task
 * @param {AbortSignal} signal
 */
async function carryOut(app, task, signal) {
  const { sessions, stage, report } = app;
  stage.work.focus();
  stage.work.wait("Restoring");
  report.begin();
  app.check.outdate();
  for await (const part of recoverAll(task, signal)) {
    if ("summary" in part) {
      continue;
    }
    sessions.take(part.sessions);
    stage.work.show(part.done, part.total, progress("Looked at", part.done, part.total));
    report.addOutcomes(part.sessions);
    app.changed();
  }
  app.browser.chosen.clear();
  sayOnce(app);
  report.end(swept(report.done, report.refused));
  announce(report.words);
}

/**
 * Says in one sentence that another program is at work on many sessions.
 *
 * @param {Pick<App, "sessions" | "report">} app
 */
export function sayOnce({ sessions, report }) {
  const prevented = sessions.all().filter(hasBackedOff);
  if (prevented.length > 1) {
    for (const session of prevented) {
      session.isToldOnce = true;
    }
    report.sayOnce(backedOff(prevented.length));
  }
}
