// What the server restored when it started, with an undo for each session and for all.

import { box, button, element, find } from "./dom.js";
import { many, number } from "./numbers.js";
import { eventList } from "./runs.js";
import { gain } from "./verdict.js";

/** @import { Directory, Event, Outcome } from "../shapes.js" */
/** @import { Handlers } from "./runs.js" */

export class Swept {
  #root = find(document, "#swept", HTMLElement);
  /** @type {Directory | undefined} */
  #directory;

  /** @param {Directory} directory */
  know(directory) {
    this.#directory = directory;
  }

  /**
   * @param {Event[]} events the history, which says what can be undone by now
   * @param {Handlers} handlers
   */
  show(events, handlers) {
    const { swept, run } = this.#directory ?? {};
    const { onUndoRun } = handlers;
    this.#root.hidden = !swept;
    if (!swept) {
      return;
    }
    const restored = swept.sessions.filter((outcome) => outcome.restored);
    const back = restored.reduce((sum, outcome) => sum + gain(outcome), 0);
    const said = restored.length > 0 ? ` and brought back ${many(back, "message")}` : "";
    const line = `When it started, the server restored ${many(restored.length, "session")}${said}.`;
    const recorded = events.filter((event) => run && event.run === run);
    const done = recorded.length > 0 ? recorded : restored.map(toEvent);
    const undoable = done.filter(({ can_undo }) => can_undo);
    const undo =
      run && undoable.length > 0
        ? [button(`Undo all (${number(undoable.length)})`, () => onUndoRun(run, undoable))]
        : [];
    const parts = done.length > 0 ? [this.#details(eventList(done, handlers))] : [];
    const head = box("div", "swept-head", element(line), ...undo);
    find(this.#root, "div", HTMLElement).replaceChildren(head, ...parts);
  }

  /**
   * It stays open if it was.
   *
   * @param {HTMLElement} content
   */
  #details(content) {
    const summary = box("summary", "", "Show what was restored");
    const made = box("details", "folded", summary, content);
    made.toggleAttribute("open", this.#root.querySelector("details[open]") !== null);
    return made;
  }
}

/**
 * @param {Outcome} outcome
 * @returns {Event}
 */
function toEvent({ session_id, source, kept, bak_messages }) {
  return {
    deed: "restored",
    session_id,
    ...(source !== undefined && { source }),
    ...(kept !== undefined && { kept }),
    messages: bak_messages,
    can_undo: kept !== undefined,
  };
}
