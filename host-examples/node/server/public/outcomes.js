// The result of a restore, as an item of a list.

import { box, element } from "./dom.js";
import { toldBy } from "./failure.js";

/** @import { Outcome } from "../shapes.js" */

/** @param {Outcome} outcome */
export function fateOf({ session_id, restored, source, salvaged, kept, errors = [] }) {
  const line = document.createElement("p");
  const target = `${session_id}.json`;
  const verb = salvaged === undefined ? "Copy " : "Salvage ";
  const isSelf = source === target;
  const to = isSelf ? [] : [" to ", element(target, "code")];
  line.append(...(source ? [verb, element(source, "code"), ...to] : [element(target, "code")]));
  const item = box("li", "", line, ...sentences(restored, kept, errors).map((one) => element(one)));
  item.dataset.tone = restored ? "restored" : "failed";
  item.dataset.code = restored ? "" : (errors[0]?.code ?? "");
  return item;
}

/**
 * @param {boolean} isDone
 * @param {string | undefined} kept
 * @param {NonNullable<Outcome["errors"]>} errors
 */
function sentences(isDone, kept, errors) {
  if (!isDone) {
    const [why = "", ...next] = errors.slice(0, 1).flatMap(toldBy);
    return [`Not done: ${why}`, ...next];
  }
  const old = kept === undefined ? "" : ` The old live file is kept as ${kept}.`;
  return [`Done.${old}`, ...errors.flatMap(toldBy)];
}
