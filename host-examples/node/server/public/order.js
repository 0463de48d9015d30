// Which sessions the list shows, and in which order.

import { ATTENTION, PLACES, placeOf, proposal } from "./verdict.js";

/** @import { Found } from "../shapes.js" */
/** @import { Place, Session } from "./verdict.js" */

/** @typedef {"attention" | "all" | Place} Scope */
/** @typedef {"saved" | "title" | "back" | "state"} Sort */

/**
 * @typedef {object} Filter
 * @property {Scope} scope
 * @property {string} text in titles and IDs
 * @property {Sort} sort
 * @property {Map<string, Found["excerpt"]>} found the sessions whose texts hold it
 */

const COLLATOR = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** @type {Record<Sort, (a: Session, b: Session) => number>} */
const SORTS = {
  saved: (a, b) => (b.status.updated ?? 0) - (a.status.updated ?? 0),
  title: (a, b) => COLLATOR.compare(nameOf(a), nameOf(b)),
  back: (a, b) => proposal(b) - proposal(a),
  state: (a, b) => PLACES.indexOf(placeOf(a)) - PLACES.indexOf(placeOf(b)),
};

/**
 * What a session is called: its title, or its ID if it has none.
 *
 * @param {Session} session
 */
export function nameOf({ id, status }) {
  return status.title ?? id;
}

/**
 * @param {Iterable<Session>} sessions
 * @param {Filter} filter
 * @returns {Session[]}
 */
export function arranged(sessions, filter) {
  const matching = [...sessions].filter(
    (session) => isInScope(session, filter.scope) && matches(session, filter),
  );
  const compare = SORTS[filter.sort];
  return matching.sort(
    (a, b) => compare(a, b) || SORTS.saved(a, b) || COLLATOR.compare(a.id, b.id),
  );
}

/**
 * @param {Session} session
 * @param {Scope} scope
 */
export function isInScope(session, scope) {
  if (scope === "all") {
    return true;
  }
  const place = placeOf(session);
  return scope === "attention"
    ? /** @type {Place[]} */ ([...ATTENTION]).includes(place)
    : place === scope;
}

/**
 * @param {Session} session
 * @param {Pick<Filter, "text" | "found">} filter
 */
export function matches({ id, status }, { text, found }) {
  const wanted = wordsOf(text);
  const names = `${status.title ?? ""}\n${id}`.toLowerCase();
  return wanted.every((word) => names.includes(word)) || found.has(id);
}

/** @param {string} text */
export function wordsOf(text) {
  return text.toLowerCase().split(/\s+/u).filter(Boolean);
}
