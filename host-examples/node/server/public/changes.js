// The changes of a plan as items of a list: which file, where to, why, and what came of it.

import { element } from "./dom.js";
import { many } from "./numbers.js";

/** @import { Change, Repaired } from "../shapes.js" */

/** @param {Change} change */
export function planned(change) {
  return item(change, change.why);
}

/** @param {Repaired} result */
export function made(result) {
  const shown = item(result, fate(result));
  shown.dataset.tone = result.done ? "restored" : "failed";
  return shown;
}

/**
 * @param {Change} change
 * @param {string} words
 */
function item(change, words) {
  const made = document.createElement("li");
  made.append(what(change), element(words));
  return made;
}

/** @param {Change} change */
function what({ kind, source, target = "", bytes }) {
  const line = document.createElement("p");
  const [from, to] = [element(source, "code"), element(target, "code")];
  const verb = { restore: "Copy ", remove_leftover: "Remove ", set_index_aside: "Rename " }[kind];
  line.append(verb, from, ...(target ? [" to ", to] : []), ` (${many(bytes, "byte")})`);
  return line;
}

/** @param {Repaired} result */
function fate({ done, error = "", kind, kept, errors = [] }) {
  if (!done) {
    return `Not done: ${error}`;
  }
  const what = kind === "restore" ? "What it replaced is kept as" : "It is kept as";
  const doubts = errors.map(({ message }) => ` ${message}`).join("");
  return `Done.${kept === undefined ? "" : ` ${what} ${kept}.`}${doubts}`;
}
