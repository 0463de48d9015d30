// What was done in the directory, run by run, each with an undo.

import { box, button, element, find, visible, words } from "./dom.js";
import { many, number } from "./numbers.js";
import { addressOf } from "./route.js";
import { fullTime, timeElement } from "./times.js";

/** @import { Event } from "../shapes.js" */

/** How many sessions of a run are shown without being asked for. */
const FEW = 50;

/** @typedef {{ run: string | undefined, time: number | undefined, events: Event[] }} Run */

/**
 * @typedef {object} Handlers
 * @property {(run: string, events: Event[]) => void} onUndoRun
 * @property {(event: Event) => void} onUndo
 * @property {(id: string) => string} nameOf what a session is called
 */

/**
 * @param {Event[]} events the newest first
 * @returns {Run[]} the same, and last what no run tells of
 */
export function runsOf(events) {
  /** @type {Map<string | undefined, Run>} */
  const runs = new Map();
  for (const event of events) {
    const { run, time } = event;
    const known = runs.get(run) ?? { run, time, events: [] };
    known.events.push(event);
    runs.set(run, known);
  }
  const all = [...runs.values()];
  return [...all.filter(({ run }) => run), ...all.filter(({ run }) => !run)];
}

export class Runs {
  #place = find(document, "#runs", HTMLElement);
  #words = find(document, "#history-words", HTMLElement);
  #handlers;

  /** @param {Handlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  /** @param {Event[]} events */
  show(events) {
    const runs = runsOf(events);
    this.#place.replaceChildren(...runs.map((run) => card(run, this.#handlers)));
    if (runs.length === 0) {
      this.#place.append(box("p", "empty", "Nothing was restored here yet."));
    }
  }

  /** @param {string[]} sentences what an undo did */
  say(sentences) {
    this.#words.replaceChildren(...sentences.map((sentence) => element(sentence, "span")));
  }
}

/**
 * @param {Run} run
 * @param {Handlers} handlers
 */
function card({ run, time, events }, handlers) {
  const undoable = events.filter(({ can_undo }) => can_undo);
  const when = time === undefined ? "Before the history began" : timeElement(time, fullTime);
  const title = box("h3", "", when);
  const name = run === undefined ? [] : [box("p", "run-name", visible(run))];
  const head = box("header", "run-head", box("div", "", title, element(summed(events)), ...name));
  if (run !== undefined && undoable.length > 0) {
    const label = `Undo this run (${number(undoable.length)})`;
    head.append(button(label, () => handlers.onUndoRun(run, undoable)));
  }
  return box("section", "run", head, eventList(events, handlers));
}

/**
 * @param {Event[]} events
 * @param {Handlers} handlers
 */
export function eventList(events, handlers) {
  const list = box("ol", "events");
  list.append(...items(events.slice(0, FEW), handlers));
  if (events.length > FEW) {
    const rest = events.slice(FEW);
    const more = button(`Show the other ${number(rest.length)}`, () => {
      gap.replaceWith(...items(rest, handlers));
    });
    const gap = box("li", "more", more);
    list.append(gap);
  }
  return list;
}

/** @param {Event[]} events */
function summed(events) {
  const undone = events.filter(({ deed }) => deed === "undone").length;
  const restored = events.length - undone;
  return [
    ...(restored > 0 ? [`${many(restored, "session")} restored`] : []),
    ...(undone > 0 ? [`${many(undone, "restore")} undone`] : []),
  ].join(", ");
}

/**
 * @param {Event[]} events
 * @param {Handlers} handlers
 */
function items(events, handlers) {
  return events.map((event) => item(event, handlers));
}

/**
 * @param {Event} event
 * @param {Handlers} handlers
 */
function item(event, { nameOf, onUndo }) {
  const { session_id: id, can_undo } = event;
  const link = document.createElement("a");
  link.href = addressOf(id);
  link.append(words(nameOf(id)));
  const shown = box("li", "event", box("div", "", box("p", "whose", link), what(event)));
  if (can_undo) {
    const undo = button("Undo", () => onUndo(event));
    undo.setAttribute("aria-label", `Undo ${nameOf(id)}`);
    shown.append(undo);
  }
  return shown;
}

/** @param {Event} event */
function what({ deed, source, kept, messages }) {
  const line = document.createElement("p");
  const count = messages === undefined ? "" : ` (${many(messages, "message")})`;
  const old =
    kept === undefined ? [] : ["What it replaced is kept as ", element(kept, "code"), "."];
  const file = source === undefined ? undefined : element(source, "code");
  line.append(...(deed === "undone" ? undoing(file, count) : restoring(file, count)), " ", ...old);
  return line;
}

/**
 * @param {HTMLElement | undefined} file
 * @param {string} count
 */
function restoring(file, count) {
  return file ? ["Restored from ", file, `${count}.`] : ["Restored."];
}

/**
 * @param {HTMLElement | undefined} file
 * @param {string} count
 */
function undoing(file, count) {
  return file
    ? ["Undone: ", file, `${count} was put back.`]
    : ["Undone: there is no live file again."];
}
