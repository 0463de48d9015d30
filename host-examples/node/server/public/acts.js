// What is done about one session: a restore from a source, and an undo.

import * as api from "./api.js";
import { confirm } from "./confirmation.js";
import { visible } from "./dom.js";
import { explain, toldBy } from "./failure.js";
import { describe, notRestored, notUndone, runUndone, undone } from "./messages.js";
import { announce } from "./notices.js";
import { aboutDeed, aboutUndo, aboutUndoRun } from "./questions.js";
import { isRestored } from "./verdict.js";

/** @import { Event, Outcome, Source } from "../shapes.js" */
/** @import { Deed } from "./deeds.js" */
/** @import { App } from "./page.js" */
/** @import { Session } from "./verdict.js" */

/**
 * @param {App} app
 * @param {Session} session
 * @param {Deed} deed
 * @param {Source | undefined} source
 */
export async function restore(app, session, deed, source) {
  if (session.busy) {
    return;
  }
  await whileBusy(app, session, "Restoring…", async () => {
    const tested = await tryOut(session, deed);
    if (!tested) {
      return;
    }
    const question = aboutDeed(session, tested.deed, source, tested.outcome);
    if (await confirm([question])) {
      await carryOut(app, session, tested.deed);
    }
  });
}

/**
 * @param {Session} session
 * @param {Deed} deed
 * @returns {Promise<{ deed: Deed, outcome: Outcome } | undefined>} what would be done; if a guard
 *   holds, in spite of it
 */
async function tryOut(session, deed) {
  try {
    const outcome = await api.recover(session.id, { ...deed.how, dry_run: true });
    if (outcome.action === "would_restore") {
      return { deed, outcome };
    }
    if (outcome.action === "nothing" && outcome.guard && !deed.how.ignore_guards) {
      return tryOut(session, { ...deed, how: { ...deed.how, ignore_guards: true } });
    }
    const errors = outcome.errors?.slice(0, 1).flatMap(toldBy) ?? [];
    session.news = notRestored(errors.length > 0 ? errors : [outcome.reason]);
  } catch (error) {
    session.news = notRestored(explain(error));
  }
  return undefined;
}

/**
 * @param {App} app
 * @param {Session} session
 * @param {Deed} deed
 */
async function carryOut(app, session, deed) {
  app.check.outdate();
  try {
    app.sessions.take([await api.recover(session.id, deed.how)], deed.brings);
  } catch (error) {
    if (isRestored(session)) {
      session.news = notRestored(explain(error));
    } else {
      session.failure = explain(error);
    }
  }
  await app.renewed([]);
}

/**
 * @param {App} app
 * @param {Session} session
 * @param {Event | undefined} event what is undone, if the history tells
 */
export async function takeBack(app, session, event) {
  const kept = event ? event.kept : session.outcome?.kept;
  const isGone = event !== undefined && event.kept === undefined && event.time !== undefined;
  if (session.busy || !(await confirm([aboutUndo(session, kept, isGone)]))) {
    return;
  }
  app.check.outdate();
  app.report.dismiss();
  await whileBusy(app, session, "Undoing…", async () => {
    try {
      const outcome = await api.undo(session.id);
      session.news = undone(outcome);
      app.sessions.takeBack(outcome);
      await app.renewed(outcome.restored ? [session.id] : []);
    } catch (error) {
      session.news = notUndone(explain(error));
    }
  });
}

/**
 * @param {App} app
 * @param {string} run
 * @param {Event[]} events those that can be undone
 * @returns {Promise<string[]>} what was done
 */
export async function takeBackRun(app, run, events) {
  if (!(await confirm([aboutUndoRun(run, events)]))) {
    return [];
  }
  app.check.outdate();
  app.report.dismiss();
  try {
    const { sessions } = await api.undoRun(run);
    for (const outcome of sessions) {
      app.sessions.takeBack(outcome);
    }
    await app.renewed(sessions.map(({ session_id }) => session_id));
    return runUndone(run, sessions);
  } catch (error) {
    await app.renewed([]);
    return notUndone(explain(error));
  }
}

/**
 * @param {App} app
 * @param {Session} session
 * @param {string} words
 * @param {() => Promise<void>} act
 */
async function whileBusy(app, session, words, act) {
  session.busy = words;
  session.news = undefined;
  app.changed();
  try {
    await act();
  } finally {
    session.busy = undefined;
    app.changed();
  }
  const { state, sentences } = describe(session);
  announce(`${visible(session.id)}: ${state}. ${sentences.join(" ")}`);
}
