// A full check, and the repair of what it finds, after a question that shows the plan.

import * as api from "./api.js";
import { confirm } from "./confirmation.js";
import { progress } from "./messages.js";
import { announce } from "./notices.js";
import { inParts, toOutcome } from "./plan.js";
import { aboutPlans } from "./plans.js";
import { sayOnce } from "./sweeps.js";
import { isDueToSalvage } from "./verdict.js";

/** @import { Audit, Change, Repaired } from "../shapes.js" */
/** @import { App } from "./page.js" */
/** @import { Plans } from "./plan.js" */

/** How many changes are made before the page shows progress and can be stopped. */
const PART = 50;

/** @param {App} app */
export async function lookAtEverything(app) {
  const { stage, check } = app;
  if (stage.isWorking) {
    return;
  }
  const before = stage.phase;
  const end = await stage.during(
    "checking",
    () => lookAtEverything(app),
    async (signal) => {
      stage.work.wait("Reading every session, the index and the journals");
      const audit = await api.audit(signal);
      check.show(audit);
      app.sessions.markBetter(betterIn(audit));
    },
  );
  stage.enter(before);
  if (end === "done") {
    check.focus();
    announce(check.words);
  }
}

/** @param {Audit} audit */
function betterIn({ items }) {
  const better = items.filter(({ kind }) => kind === "better_source");
  return new Map(
    better.flatMap(({ session_id, name }) => (session_id && name ? [[session_id, name]] : [])),
  );
}

/** @param {App} app */
export async function repairAll(app) {
  const { stage, sessions } = app;
  if (stage.isWorking) {
    return;
  }
  const plans = await makePlans(app);
  const { changes } = (await confirm(aboutPlans(plans, sessions.all()))) ?? {};
  if (!changes) {
    return;
  }
  const end = await stage.during(
    "restoring",
    () => repairAll(app),
    (signal) => carryOut(app, changes, signal),
  );
  stage.enter("idle");
  app.overview.focus();
  if (end === "stopped") {
    await app.load();
  } else {
    await app.renewed([]);
  }
}

/**
 * @param {App} app
 * @returns {Promise<Plans>} without changes if there is nothing to do, or if no plan was made
 */
async function makePlans(app) {
  const { stage, sessions } = app;
  /** @type {Plans} */
  let plans = { plain: [], salvaging: [] };
  const before = stage.phase;
  const end = await stage.during(
    "planning",
    () => repairAll(app),
    async (signal) => {
      stage.work.wait("Reading every session");
      const plain = await api.plan(signal, false);
      const isMore = sessions.all().some(isDueToSalvage);
      plans = { plain, salvaging: isMore ? await api.plan(signal, true) : [] };
    },
  );
  stage.enter(before);
  return end === "done" ? plans : { plain: [], salvaging: [] };
}

/**
 * @param {App} app
 * @param {Change[]} changes
 * @param {AbortSignal} signal
 */
async function carryOut(app, changes, signal) {
  const { stage, report } = app;
  let done = 0;
  stage.work.focus();
  report.begin();
  app.check.outdate();
  for (const part of inParts(changes, PART)) {
    stage.work.show(done, changes.length, progress("Made", done, changes.length, "change"));
    const { items } = await api.repair(part, signal);
    takeResults(app, items);
    report.add(items);
    done += part.length;
  }
  stage.work.show(done, changes.length, progress("Made", done, changes.length, "change"));
  sayOnce(app);
  announce(report.words);
}

/**
 * @param {App} app
 * @param {Repaired[]} results
 */
function takeResults({ sessions, changed }, results) {
  const outcomes = results.flatMap((result) => {
    const session = sessions.get(result.session_id ?? "");
    return session ? [toOutcome(session.status, result)] : [];
  });
  sessions.take(outcomes);
  changed();
}
