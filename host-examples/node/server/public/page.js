// The page: reads the directory, shows it, and connects what the operator does with what is shown.

import { restore, takeBack, takeBackRun } from "./acts.js";
import * as api from "./api.js";
import { Browser } from "./browser.js";
import { Check } from "./check.js";
import { find, visible, words } from "./dom.js";
import { explain } from "./failure.js";
import { listen } from "./keys.js";
import { headline, progress } from "./messages.js";
import { announce, showOddities } from "./notices.js";
import { nameOf } from "./order.js";
import { Overview } from "./overview.js";
import { Panel } from "./panel.js";
import { lookAtEverything, repairAll } from "./repairs.js";
import { Report } from "./report.js";
import { go, here } from "./route.js";
import { Runs } from "./runs.js";
import { Sessions } from "./sessions.js";
import { Stage } from "./stage.js";
import { restoreMany } from "./sweeps.js";
import { Swept } from "./swept.js";
import { isUndoable, tally } from "./verdict.js";
import { showView } from "./views.js";

/** @import { Event } from "../shapes.js" */

/** @typedef {typeof app} App */

/** @type {Event[]} */
let events = [];

const sessions = new Sessions();
const stage = new Stage(() => changed());
const overview = new Overview();
const report = new Report();
const check = new Check(() => repairAll(app));
const browser = new Browser(sessions, () => restoreMany(app, [...browser.chosen]));
const panel = new Panel({
  onDeed: (session, deed) => restore(app, session, deed, panel.source),
  onUndo: (session) => takeBack(app, session, undoableOf(session.id)),
  canUndo: (session) => undoableOf(session.id) !== undefined || isUndoable(session),
});
const onHistory = { onUndoRun: undoRun, onUndo: undoEvent, nameOf: titleOf };
const runs = new Runs(onHistory);
const swept = new Swept();
const app = { sessions, stage, overview, report, check, browser, changed, renewed, load };

const reload = find(document, "#reload", HTMLButtonElement);
const checkAll = find(document, "#check-all", HTMLButtonElement);
const restoreAll = find(document, "#restore-all", HTMLButtonElement);

reload.addEventListener("click", load);
checkAll.addEventListener("click", () => lookAtEverything(app));
restoreAll.addEventListener("click", () => restoreMany(app));
window.addEventListener("hashchange", follow);
listen({ ...browser.keys, close });
await Promise.all([load(), introduce()]);
follow();

/** Says which directory this is, and what was restored when the server started. */
async function introduce() {
  try {
    const directory = await api.directory();
    find(document, "#directory", HTMLElement).replaceChildren(words(visible(directory.name)));
    document.title = `${directory.name} – Session recovery`;
    swept.know(directory);
    swept.show(events, onHistory);
  } catch (error) {
    find(document, "#directory", HTMLElement).textContent = explain(error).join(" ");
  }
}

async function load() {
  if (stage.isWorking) {
    return;
  }
  sessions.begin();
  const end = await stage.during("reading", load, read);
  stage.enter(end === "done" ? "idle" : "unread");
  if (end === "done") {
    browser.settle();
    await renewed([]);
  }
  announce(headline(tally(sessions.all()), stage.phase).join(". "));
}

/** @param {AbortSignal} signal */
async function read(signal) {
  for await (const line of api.inspectAll(signal)) {
    if ("scanned" in line) {
      const total = line.sessions.length;
      stage.work.show(0, total, progress("Read", 0, total));
      showOddities(line.oddities);
    } else {
      sessions.add(line.sessions);
      stage.work.show(line.done, line.total, progress("Read", line.done, line.total));
      changed();
    }
  }
}

/** Shows what is known by now. */
function changed() {
  overview.show(tally(sessions.all()), stage.phase);
  browser.refresh();
  panel.update(panel.id === undefined ? undefined : sessions.get(panel.id));
  for (const button of [reload, checkAll]) {
    button.setAttribute("aria-disabled", String(stage.isWorking));
  }
}

/**
 * Reads again what an act may have changed: the history, what is open, and these sessions.
 *
 * @param {string[]} ids
 */
async function renewed(ids) {
  try {
    events = await api.history();
    for (const id of ids) {
      sessions.renew(await api.inspect(id));
    }
  } catch (error) {
    stage.alarm.raise(error, load);
  }
  runs.show(events);
  swept.show(events, onHistory);
  changed();
  await panel.reload();
}

/** @param {string} id */
function undoableOf(id) {
  return events.find((event) => event.session_id === id && event.can_undo);
}

/** @param {string} id */
function titleOf(id) {
  const session = sessions.get(id);
  return session ? nameOf(session) : visible(id);
}

/**
 * @param {string} run
 * @param {Event[]} undoable
 */
async function undoRun(run, undoable) {
  const said = await takeBackRun(app, run, undoable);
  runs.say(said);
  announce(said.join(" "));
}

/** @param {Event} event */
async function undoEvent(event) {
  const session = sessions.get(event.session_id);
  if (session) {
    await takeBack(app, session, event);
    runs.say(session.news ? [`${titleOf(session.id)}:`, ...session.news] : []);
  }
}

/** Shows what the page's address says. */
function follow() {
  const { view, id } = here();
  const session = id === undefined ? undefined : sessions.get(id);
  const isOther = panel.id !== session?.id;
  showView(view, session !== undefined);
  browser.open(session?.id);
  if (session && isOther) {
    panel.open(session);
  } else if (!session && panel.id !== undefined) {
    panel.close();
    browser.focus();
  }
}

/** Closes what is open: the session, or the search. */
function close() {
  if (panel.id !== undefined) {
    go("#sessions");
  } else {
    browser.clearText();
  }
}
