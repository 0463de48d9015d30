// The words around what was searched for, with the searched words marked.

import { legible } from "./dom.js";

/** @import { Excerpt } from "../shapes.js" */

/** How much stands before the first searched word, in characters. */
const BEFORE = 30;

/**
 * @param {Excerpt} excerpt
 * @param {string[]} wanted in lower case
 */
export function snippet({ text, role }, wanted) {
  const made = document.createElement("bdi");
  const flat = legible(text).replace(/\s+/gu, " ");
  const first = Math.min(...wanted.map((word) => indexOf(flat, word)));
  const start = Number.isFinite(first) && first > BEFORE ? first - BEFORE : 0;
  const shown = `${start > 0 ? "…" : ""}${flat.slice(start)}`;
  made.append(...(role ? [`${legible(role)}: `] : []), ...marked(shown, wanted));
  return made;
}

/**
 * @param {string} text
 * @param {string} word
 */
function indexOf(text, word) {
  const at = text.toLowerCase().indexOf(word);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}

/**
 * @param {string} text
 * @param {string[]} wanted
 */
export function marked(text, wanted) {
  const parts = [];
  let rest = text;
  for (let next = nearest(rest, wanted); next; next = nearest(rest, wanted)) {
    const mark = document.createElement("mark");
    mark.textContent = rest.slice(next.at, next.at + next.length);
    parts.push(rest.slice(0, next.at), mark);
    rest = rest.slice(next.at + next.length);
  }
  return [...parts, rest];
}

/**
 * @param {string} text
 * @param {string[]} wanted
 */
function nearest(text, wanted) {
  const found = wanted
    .map((word) => ({ at: indexOf(text, word), length: word.length }))
    .filter(({ at }) => Number.isFinite(at));
  return found.sort((a, b) => a.at - b.at || b.length - a.length)[0];
}
