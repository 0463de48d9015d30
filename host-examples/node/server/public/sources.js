// The sources of a session: what each is called, what it holds, and which is shown first.

import { visible, words } from "./dom.js";
import { many, number, size } from "./numbers.js";
import { fullTime, timeElement } from "./times.js";

/** @import { Source, Sources } from "../shapes.js" */

/** @type {Record<Source["kind"], string>} */
export const KINDS = {
  live: "Live file",
  backup: "Backup",
  kept: "Kept file",
  temporary: "Temporary file",
  conflict_copy: "Conflict copy",
  other_copy: "Other copy",
};

/** @type {Record<Source["kind"], string>} */
const ORIGINS = {
  live: "the current file, which the application reads",
  backup: "what a save made shorter, put aside by the application",
  kept: "what a restore replaced",
  temporary: "a save that did not come to its end; the application removes it",
  conflict_copy: "made by a program that synchronises directories",
  other_copy: "made by somebody or another program",
};

/**
 * How many messages can be put in place: all, or of a damaged file the whole ones.
 *
 * @param {Source} source
 */
export function holds({ messages, salvage, state }) {
  return state === "readable" ? (messages ?? 0) : (salvage?.messages ?? 0);
}

/** @param {Source} source */
export function isDamaged({ state }) {
  return state === "unreadable";
}

/**
 * Whether it can be put in place.
 *
 * @param {Source} source
 */
export function isUsable(source) {
  const isWhole = source.state === "readable" && source.kind !== "live";
  return isWhole || (isDamaged(source) && holds(source) > 0);
}

/** @param {Sources} list */
export function liveOf({ sources }) {
  return sources.find(({ kind }) => kind === "live");
}

/**
 * The one to begin with: the best, else the backup, else any that can be put in place.
 *
 * @param {Sources} list
 */
export function firstChoice({ sources, best }) {
  const usable = sources.filter(isUsable);
  return (
    usable.find(({ name }) => name === best) ??
    usable.find(({ kind }) => kind === "backup") ??
    usable[0] ??
    sources.find(({ kind }) => kind !== "live")
  );
}

/**
 * What is known of some sources, side by side: a table with a column for each.
 *
 * @param {[string, Source][]} named each with its heading
 */
export function facts(named) {
  const table = document.createElement("table");
  table.className = "facts";
  const head = table.createTHead().insertRow();
  head.append(document.createElement("td"), ...named.map(([name]) => cell("th", name, "col")));
  const body = table.createTBody();
  for (const [term, describe] of FACTS) {
    const known = named.map(([, source]) => describe(source));
    if (known.some((one) => one !== undefined)) {
      const cells = known.map((one) => cell("td", one ?? "–"));
      body.insertRow().append(cell("th", term, "row"), ...cells);
    }
  }
  return table;
}

/** @type {[string, (source: Source) => Node | string | undefined][]} */
const FACTS = [
  ["What it is", ({ kind }) => ORIGINS[kind]],
  ["Messages", counted],
  ["Last saved", ({ updated }) => when(updated)],
  ["First message", ({ first }) => when(first)],
  ["Last message", ({ last }) => when(last)],
  ["Size", ({ bytes }) => (bytes === undefined ? undefined : size(bytes))],
  ["Doubled", ({ doubled = 0 }) => (doubled > 0 ? many(doubled, "message") : undefined)],
  ["Title", ({ title }) => (title === undefined ? undefined : words(title))],
  ["Damage", damageIn],
];

/** @param {number | undefined} seconds */
function when(seconds) {
  return seconds === undefined ? undefined : timeElement(seconds, fullTime);
}

/** @param {Source} source */
function damageIn(source) {
  const damage = damageOf(source);
  return damage.length > 0 ? visible(damage.join("; ")) : undefined;
}

/**
 * @param {"td" | "th"} kind
 * @param {Node | string} content
 * @param {string} [scope]
 */
function cell(kind, content, scope) {
  const made = document.createElement(kind);
  made.append(content);
  if (scope) {
    made.setAttribute("scope", scope);
  }
  return made;
}

/** @param {Source} source */
function counted(source) {
  const { state, salvage } = source;
  if (state === "readable") {
    return number(holds(source));
  }
  if (state !== "unreadable") {
    return state === "missing" ? "none" : "not judged";
  }
  const { recorded = 0 } = salvage ?? {};
  const whole = holds(source);
  return recorded > whole
    ? `${many(whole, "whole message")} of ${number(recorded)}`
    : many(whole, "whole message");
}

/** @param {Source} source */
export function damageOf({ state, problem, salvage }) {
  const damage = salvage?.damage ?? [];
  if (damage.length > 0) {
    return damage;
  }
  return problem && state !== "missing" ? [problem.message] : [];
}
