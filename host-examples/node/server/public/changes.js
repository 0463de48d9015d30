// The changes of a plan as items of a list: which file, where to, why, and the result.

import { element } from "./dom.js";
import { toldBy } from "./failure.js";
import { many } from "./numbers.js";

/** @import { Change, Repaired } from "../shapes.js" */

const VERBS = {
  restore: "Copy ",
  salvage: "Salvage ",
  remove_leftover: "Remove ",
  set_index_aside: "Rename ",
};

/** @param {Change} change */
export function planned(change) {
  return item(change, [change.why]);
}

/** @param {Repaired} result */
export function made(result) {
  const shown = item(result, fate(result));
  shown.dataset.tone = result.done ? "restored" : "failed";
  shown.dataset.code = result.done ? "" : (result.errors?.[0]?.code ?? "");
  return shown;
}

/**
 * @param {Change} change
 * @param {string[]} sentences
 */
function item(change, sentences) {
  const made = document.createElement("li");
  made.append(what(change), ...sentences.map((sentence) => element(sentence)));
  return made;
}

/** @param {Change} change */
function what({ kind, source, target = "", bytes }) {
  const line = document.createElement("p");
  const [from, to] = [element(source, "code"), element(target, "code")];
  const isMoved = target !== "" && target !== source;
  line.append(VERBS[kind], from, ...(isMoved ? [" to ", to] : []), ` (${many(bytes, "byte")})`);
  return line;
}

/** @param {Repaired} result */
function fate({ done, kind, kept, errors = [] }) {
  if (!done) {
    const [why = "", ...next] = errors.slice(0, 1).flatMap(toldBy);
    return [`Not done: ${why}`, ...next];
  }
  const isRestore = kind === "restore" || kind === "salvage";
  const what = isRestore ? "The old live file is kept as" : "It is kept as";
  return [`Done.${kept === undefined ? "" : ` ${what} ${kept}.`}`, ...errors.flatMap(toldBy)];
}
