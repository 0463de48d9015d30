// One group of sessions under its heading. Its rows are built only when they are shown.

import { clone, find } from "./dom.js";
import { many, number } from "./numbers.js";
import { Row } from "./row.js";
import { isRestored } from "./verdict.js";

/** @import { Deed, Session } from "./verdict.js" */

/** @typedef {{ scope: string, text: string }} Filter `scope` is "attention" or "all" */

export class Section {
  /** @type {Session[]} */
  #sessions = [];
  /** @type {Map<Session, Row>} */
  #rows = new Map();
  #onDeed;
  #count;
  #list;
  isWanted = false;

  /**
   * @param {string} title
   * @param {string} explanation
   * @param {(session: Session, deed: Deed) => void} onDeed
   */
  constructor(title, explanation, onDeed) {
    this.#onDeed = onDeed;
    this.element = clone("section");
    this.#count = find(this.element, ".section-count", HTMLElement);
    this.#list = find(this.element, "ul", HTMLElement);
    find(this.element, ".section-title", HTMLElement).textContent = title;
    find(this.element, ".section-words", HTMLElement).textContent = explanation;
  }

  clear() {
    this.#sessions = [];
    this.#rows.clear();
    this.#list.replaceChildren();
  }

  /** @param {Session} session */
  add(session) {
    this.#sessions.push(session);
  }

  /** @param {Session} session */
  update(session) {
    this.#rows.get(session)?.update();
  }

  /** @param {Filter} filter */
  show(filter) {
    const matching = this.isWanted ? this.#sessions.filter((one) => matches(one, filter)) : [];
    this.element.hidden = matching.length === 0;
    this.#count.textContent = countOf(matching);
    for (const [session, row] of this.#rows) {
      row.element.hidden = !matches(session, filter);
    }
  }

  /**
   * Builds one row, so that rows stand in the order of the sessions.
   *
   * @param {Filter} filter
   * @returns {boolean} whether there was one to build
   */
  buildNext(filter) {
    const session = this.isWanted ? this.#sessions[this.#rows.size] : undefined;
    if (!session) {
      return false;
    }
    const row = new Row(session, this.#onDeed);
    row.element.hidden = !matches(session, filter);
    this.#rows.set(session, row);
    this.#list.append(row.element);
    return true;
  }
}

/**
 * @param {Session} session
 * @param {Filter} filter
 */
function matches({ id }, { text }) {
  return id.toLowerCase().includes(text.toLowerCase());
}

/** @param {Session[]} sessions */
function countOf(sessions) {
  const restored = sessions.filter(isRestored).length;
  const count = many(sessions.length, "session");
  return restored > 0 ? `${count}, ${number(restored)} restored` : count;
}
