// The page: reads the directory, shows it, and restores what the operator says.

import { inspect, inspectAll, recover, recoverAll, undo } from "./api.js";
import { aboutAll, aboutOne, confirm } from "./confirmation.js";
import { find, visible } from "./dom.js";
import { List } from "./list.js";
import { Alarm, announce, showOddities, Work } from "./notices.js";
import { many, number } from "./numbers.js";
import { Overview } from "./overview.js";
import { Tools } from "./tools.js";
import { groupOf, isRestored, tally } from "./verdict.js";
import { describe, headline, notUndone, progress, undone } from "./words.js";

/** @import { Outcome, Status } from "../shapes.js" */
/** @import { Deed, Session } from "./verdict.js" */
/** @import { Phase } from "./words.js" */

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
const reload = find(document, "#reload", HTMLButtonElement);

reload.addEventListener("click", load);
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
 * @param {Map<string, Session>} before what was known, so that what was restored stays visible
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
  if (isWorking() || !(await confirm(dialog, aboutAll(tally(sessions.values()))))) {
    return;
  }
  const end = await during("restoring", restoreAll, sweep);
  enter("idle");
  overview.focus();
  if (end === "stopped") {
    await load();
  }
}

/** @param {AbortSignal} signal */
async function sweep(signal) {
  work.focus();
  for await (const line of recoverAll(signal)) {
    if ("summary" in line) {
      const { restored, failed } = line.summary;
      forgetFailures();
      announce(`${many(restored, "session")} restored, ${number(failed)} failed.`);
    } else {
      take(line.sessions);
      work.show(line.done, line.total, progress("Checked", line.done, line.total));
    }
  }
}

/** What was not answered before is answered by a whole sweep. */
function forgetFailures() {
  const unanswered = [...sessions.values()].filter(({ failure }) => failure !== undefined);
  for (const session of unanswered) {
    session.failure = undefined;
  }
  list.update(unanswered);
}

/**
 * @param {Session} session
 * @param {Deed} deed
 */
async function act(session, deed) {
  if (session.busy || !(await confirm(dialog, aboutOne(session, deed)))) {
    return;
  }
  session.busy = deed;
  list.update([session]);
  await (deed === "undo" ? takeBack(session) : restore(session, deed === "merge"));
  session.busy = undefined;
  list.update([session]);
  count();
  const { state, sentences } = describe(session);
  announce(`${visible(session.id)}: ${state}. ${sentences.join(" ")}`);
}

/**
 * @param {Session} session
 * @param {boolean} merge
 */
async function restore(session, merge) {
  try {
    take([await recover(session.id, { merge })]);
  } catch (error) {
    session.failure = explain(error);
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
    Object.assign(session, { status: outcome, outcome: undefined });
  } catch (error) {
    session.news = notUndone(explain(error));
    return;
  }
  try {
    session.status = await inspect(session.id);
  } catch (error) {
    alarm.raise(explain(error), load);
  }
}

/**
 * Works with a bar and a button to stop.
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
    alarm.raise(explain(error), retry);
    return "failed";
  } finally {
    work.end();
  }
}

/** @param {Phase} next */
function enter(next) {
  phase = next;
  document.body.dataset.phase = next;
  reload.setAttribute("aria-disabled", String(isWorking()));
  count();
}

function isWorking() {
  return phase === "reading" || phase === "restoring";
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
 * Takes over what a restore did, also to sessions that were not there before.
 *
 * @param {Outcome[]} outcomes
 */
function take(outcomes) {
  const known = outcomes.filter(({ session_id }) => sessions.has(session_id));
  const updated = known.map((outcome) => {
    const session = /** @type {Session} */ (sessions.get(outcome.session_id));
    return Object.assign(session, {
      status: outcome,
      outcome,
      failure: undefined,
      news: undefined,
    });
  });
  list.update(updated);
  const others = outcomes.filter((outcome) => !known.includes(outcome));
  add(others.map((outcome) => ({ ...toSession(outcome), outcome })));
}

/**
 * @param {Status} status
 * @param {Session} [before]
 * @returns {Session}
 */
function toSession(status, before) {
  const group = groupOf(status);
  if (before && isRestored(before) && group === "fine") {
    return before;
  }
  return { id: status.session_id, group, status };
}

/** @param {unknown} error */
function explain(error) {
  return error instanceof Error ? error.message : String(error);
}
