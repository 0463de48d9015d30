// Messages of a file, as they begin. More of them are read when asked for.

import { box, button, element, legible, words } from "./dom.js";
import { explain } from "./failure.js";
import { many, number } from "./numbers.js";
import { fullTime, timeElement } from "./times.js";

/** @import { Excerpt } from "../shapes.js" */

/** How many more are read at once. */
export const BATCH = 50;

/**
 * Gives the next messages after so many.
 *
 * @typedef {(shown: number) => Promise<Excerpt[]>} Next
 */

/**
 * The first of some messages, and a button for the next ones.
 *
 * @param {Excerpt[]} excerpts
 * @param {number} total
 * @param {Next} next
 */
export function some(excerpts, total, next) {
  const list = box("ol", "messages", ...excerpts.map(item));
  addGap(list, null, excerpts.length, total, next);
  return list;
}

/**
 * The first and the last messages of a file, and a button for those between.
 *
 * @param {{ first: Excerpt[], last: Excerpt[], messages: number }} view
 * @param {Next} next
 */
export function ends({ first, last, messages }, next) {
  const list = box("ol", "messages", ...first.map(item));
  const [end = null] = last.map((excerpt) => list.appendChild(item(excerpt)));
  addGap(list, end, first.length, messages - last.length, next);
  return list;
}

/**
 * @param {HTMLElement} list
 * @param {Element | null} before what stands behind the gap
 * @param {number} shown
 * @param {number} total
 * @param {Next} next
 */
function addGap(list, before, shown, total, next) {
  if (shown >= total) {
    return;
  }
  const left = total - shown;
  const label = `Show ${number(Math.min(BATCH, left))} more of ${many(left, "message")}`;
  const gap = box("li", "gap");
  const more = button(label, load);
  gap.append(more);
  list.insertBefore(gap, before);

  async function load() {
    more.setAttribute("aria-disabled", "true");
    try {
      const read = (await next(shown)).slice(0, left);
      const items = read.map(item);
      gap.replaceWith(...items);
      addGap(list, before, shown + read.length, read.length > 0 ? total : 0, next);
      items[0]?.focus();
    } catch (error) {
      more.setAttribute("aria-disabled", "false");
      gap.replaceChildren(more, ...explain(error).map((line) => element(line)));
    }
  }
}

/** @param {Excerpt} excerpt */
function item({ number: at, role, time, text, is_cut = false, tools = [] }) {
  const head = box("p", "message-head", box("b", "role", words(role ?? "no role")));
  head.append(box("span", "number", `no. ${number(at)}`));
  if (time !== undefined) {
    head.append(timeElement(time, fullTime));
  }
  const made = box("li", "message", head);
  made.tabIndex = -1;
  made.dataset.role = role ?? "";
  if (text !== "") {
    made.append(box("p", "text", words(is_cut ? `${text}…` : text)));
  }
  if (tools.length > 0) {
    made.append(box("p", "tools-called", `Calls ${tools.map(legible).join(", ")}`));
  }
  if (text === "" && tools.length === 0) {
    made.append(box("p", "tools-called", "No text"));
  }
  return made;
}
