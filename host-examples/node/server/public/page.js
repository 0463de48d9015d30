// The page: reads the directory, shows it, and restores what the operator chooses.

import { audit, inspect, inspectAll, plan, recover, repair, undo } from "./api.js";
import { Check } from "./check.js";
import { aboutOne, aboutPlans, confirm } from "./confirmation.js";
import { find, visible } from "./dom.js";
import { explain, toldBy } from "./failure.js";
import { List } from "./list.js";
import {
  backedOff,
  describe,
  headline,
  notSalvaged,
  notUndone,
  progress,
  undone,
} from "./messages.js";
import { Alarm, announce, showOddities, Work } from "./notices.js";
import { Overview } from "./overview.js";
import { areAsShown, inParts, toOutcome } from "./plan.js";
import { Report } from "./report.js";
import { Tools } from "./tools.js";
import {
  gain,
  groupOf,
  hasBackedOff,
  isDueToSalvage,
  isRestored,
  salvageGain,
  tally,
} from "./verdict.js";

/** @import { Change, Outcome, Repaired, Status } from "../shapes.js" */
/** @import { Plans } from "./plan.js" */
/** @import { Deed, Session } from "./verdict.js" */
/** @import { Phase } from "./messages.js" */

/** How many changes are made before the page shows progress and can be stopped. */
const PART = 50;

/** @type {Map<string, Session>} */
let sessions = new Map();
/** @type {Phase} */
let phase = "idle";

const dialog = find(document, "#confirmation", HTMLDialogElement);
const list = new List(find(document, "#list", HTMLElement), act);
const overview = new Overview(find(document, "#overview", HTMLElement));
const tools = new Tools((filter) => list.filter(filter));
const work = new Work();
const alarm = new Alarm();
const report = new Report();
const check = new Check(restoreAll);
const reload = find(document, "#reload", HTMLButtonElement);
const checkAll = find(document, "#check-all", HTMLButtonElement);

reload.addEventListener("click", load);
checkAll.addEventListener("click", lookAtEverything);
find(document, "#restore-all", HTMLButtonElement).addEventListener("click", restoreAll);
await load();

async function load() {
  if (isWorking()) {
    return;
  }
  const before = sessions;
  sessions = new Map();
  list.clear();
  const end = await during("reading", load, (signal) => read(signal, before));
  enter(end === "done" ? "idle" : "unread");
  if (end === "done") {
    tools.settle(tally(sessions.values()));
    list.filter(tools.filter);
  }
  announce(headline(tally(sessions.values()), phase).join(". "));
}

/**
 * @param {AbortSignal} signal
 * @param {Map<string, Session>} before the sessions as known, so that restored ones stay visible
 */
async function read(signal, before) {
  for await (const line of inspectAll(signal)) {
    if ("scanned" in line) {
      work.show(0, line.sessions.length, progress("Read", 0, line.sessions.length));
      showOddities(line.oddities);
    } else {
      add(line.sessions.map((status) => toSession(status, before.get(status.session_id))));
      work.show(line.done, line.total, progress("Read", line.done, line.total));
    }
  }
}

async function restoreAll() {
  if (isWorking()) {
    return;
  }
  const plans = await makePlans();
  const { changes } = (await confirm(dialog, aboutPlans(plans, [...sessions.values()]))) ?? {};
  if (!changes) {
    return;
  }
  const end = await during("restoring", restoreAll, (signal) => carryOut(changes, signal));
  enter("idle");
  overview.focus();
  if (end === "stopped") {
    await load();
  }
}

/** @returns {Promise<Plans>} without changes if there is nothing to do, or if no plan was made */
async function makePlans() {
  /** @type {Plans} */
  let plans = { plain: [], salvaging: [] };
  const before = phase;
  const end = await during("planning", restoreAll, async (signal) => {
    work.wait("Reading every session");
    const plain = await plan(signal, false);
    const isMore = [...sessions.values()].some(isDueToSalvage);
    plans = { plain, salvaging: isMore ? await plan(signal, true) : [] };
  });
  enter(before);
  if (end === "done" && !areAsShown(plans, sessions.values())) {
    await load();
  }
  overview.focusButton();
  return end === "done" ? plans : { plain: [], salvaging: [] };
}

/**
 * @param {Change[]} changes
 * @param {AbortSignal} signal
 */
async function carryOut(changes, signal) {
  let done = 0;
  work.focus();
  report.begin();
  check.outdate();
  for (const part of inParts(changes, PART)) {
    work.show(done, changes.length, progress("Made", done, changes.length, "change"));
    const { items } = await repair(part, signal);
    takeResults(items);
    report.add(items);
    done += part.length;
  }
  work.show(done, changes.length, progress("Made", done, changes.length, "change"));
  sayOnce();
  announce(report.words);
}

/** Says in one sentence that another program is at work on many sessions. */
function sayOnce() {
  const prevented = [...sessions.values()].filter(hasBackedOff);
  if (prevented.length > 1) {
    for (const session of prevented) {
      session.isToldOnce = true;
    }
    list.update(prevented);
    report.sayOnce(backedOff(prevented.length));
  }
}

/** @param {Repaired[]} results */
function takeResults(results) {
  const outcomes = results.flatMap((result) => {
    const session = sessions.get(result.session_id ?? "");
    return session ? [toOutcome(session.status, result)] : [];
  });
  take(outcomes);
}

async function lookAtEverything() {
  if (isWorking()) {
    return;
  }
  const before = phase;
  const end = await during("checking", lookAtEverything, async (signal) => {
    work.wait("Reading every session, the index and the journals");
    check.show(await audit(signal));
  });
  enter(before);
  if (end === "done") {
    check.focus();
    announce(check.words);
  } else {
    checkAll.focus();
  }
}

/**
 * @param {Session} session
 * @param {Deed} deed
 */
async function act(session, deed) {
  if (session.busy || !(await confirm(dialog, [aboutOne(session, deed)]))) {
    return;
  }
  session.busy = deed;
  list.update([session]);
  check.outdate();
  await (deed === "undo" ? takeBack(session) : restore(session, deed));
  session.busy = undefined;
  list.update([session]);
  count();
  const { state, sentences } = describe(session);
  announce(`${visible(session.id)}: ${state}. ${sentences.join(" ")}`);
}

/**
 * @param {Session} session
 * @param {Exclude<Deed, "undo">} deed
 */
async function restore(session, deed) {
  const { forced = false, merged = false } = session.status.salvage ?? {};
  const hows = {
    restore: {},
    merge: { merge: true },
    salvage: { salvage: true, ...(forced && { force: true }), ...(merged && { merge: true }) },
    anyway: { ignore_guards: true },
  };
  try {
    take([await recover(session.id, hows[deed])]);
  } catch (error) {
    if (isRestored(session)) {
      session.news = notSalvaged(explain(error));
    } else {
      session.failure = explain(error);
    }
  }
}

/** @param {Session} session */
async function takeBack(session) {
  try {
    const outcome = await undo(session.id);
    session.news = undone(outcome);
    if (!outcome.restored) {
      return;
    }
    Object.assign(session, { status: outcome, outcome: undefined, back: undefined });
  } catch (error) {
    session.news = notUndone(explain(error));
    return;
  }
  try {
    session.status = await inspect(session.id);
  } catch (error) {
    alarm.raise(error, load);
  }
}

/**
 * Runs a task with a progress bar and a button to stop it.
 *
 * @param {Phase} name
 * @param {() => void} retry
 * @param {(signal: AbortSignal) => Promise<void>} task
 * @returns {Promise<"done" | "stopped" | "failed">}
 */
async function during(name, retry, task) {
  const stop = new AbortController();
  alarm.clear();
  work.begin(() => stop.abort());
  enter(name);
  try {
    await task(stop.signal);
    return "done";
  } catch (error) {
    if (stop.signal.aborted) {
      return "stopped";
    }
    alarm.raise(error, retry);
    return "failed";
  } finally {
    work.end();
  }
}

/** @param {Phase} next */
function enter(next) {
  phase = next;
  document.body.dataset.phase = next;
  for (const button of [reload, checkAll]) {
    button.setAttribute("aria-disabled", String(isWorking()));
  }
  count();
}

function isWorking() {
  return phase !== "idle" && phase !== "unread";
}

function count() {
  const sum = tally(sessions.values());
  overview.show(sum, phase);
  tools.count(sum);
}

/** @param {Session[]} found */
function add(found) {
  const added = found.filter(({ id }) => !sessions.has(id));
  for (const session of added) {
    sessions.set(session.id, session);
  }
  list.add(added);
  count();
}

/**
 * Shows what restores did, also to sessions that were not listed before.
 *
 * @param {Outcome[]} outcomes
 */
function take(outcomes) {
  const known = outcomes.filter(({ session_id }) => sessions.has(session_id));
  const updated = known.map((outcome) => {
    const session = /** @type {Session} */ (sessions.get(outcome.session_id));
    if (outcome.action === "failed" && isRestored(session)) {
      // What an earlier restore did is still in place.
      const failure = outcome.errors?.slice(0, 1).flatMap(toldBy) ?? [];
      return Object.assign(session, { news: notSalvaged(failure) });
    }
    return Object.assign(session, {
      back: (session.back ?? 0) + broughtBack(session, outcome),
      status: outcome,
      outcome,
      failure: undefined,
      news: undefined,
      isToldOnce: undefined,
    });
  });
  list.update(updated);
  const others = outcomes.filter((outcome) => !known.includes(outcome));
  add(others.map((outcome) => ({ ...toSession(outcome), outcome, back: gain(outcome) })));
}

/**
 * How many messages came back.
 *
 * @param {Session} session before
 * @param {Outcome} outcome
 */
function broughtBack(session, outcome) {
  if (!outcome.restored) {
    return 0;
  }
  return outcome.salvaged === undefined ? gain(outcome) : salvageGain(session);
}

/**
 * @param {Status} status
 * @param {Session} [before]
 * @returns {Session}
 */
function toSession(status, before) {
  const group = groupOf(status);
  if (before && isRestored(before) && (group === "complete" || group === "salvageable")) {
    const { salvage: _, ...known } = before.status;
    return { ...before, status: { ...known, ...(status.salvage && { salvage: status.salvage }) } };
  }
  return { id: status.session_id, group, status };
}
