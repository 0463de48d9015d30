// The sessions as the page knows them: what was found, and what was done since.

import { toldBy } from "./failure.js";
import { notSalvaged } from "./messages.js";
import { gain, groupOf, isRestored, salvageGain } from "./verdict.js";

/** @import { Outcome, Status } from "../shapes.js" */
/** @import { Session } from "./verdict.js" */

export class Sessions {
  /** @type {Map<string, Session>} */
  #known = new Map();
  /** @type {Map<string, Session>} */
  #before = new Map();

  /** Forgets all but what was done, so that restored sessions stay known as such. */
  begin() {
    this.#before = this.#known;
    this.#known = new Map();
  }

  all() {
    return [...this.#known.values()];
  }

  /** @param {string} id */
  get(id) {
    return this.#known.get(id);
  }

  /** @param {Status[]} statuses */
  add(statuses) {
    for (const status of statuses) {
      const id = status.session_id;
      if (!this.#known.has(id)) {
        this.#known.set(id, toSession(status, this.#before.get(id)));
      }
    }
  }

  /**
   * Remembers what restores did, also to sessions that were not known before.
   *
   * @param {Outcome[]} outcomes
   * @param {number} [back] how many messages came back, if it is known
   */
  take(outcomes, back) {
    for (const outcome of outcomes) {
      const session = this.#known.get(outcome.session_id);
      if (session) {
        takeOne(session, outcome, back);
      } else {
        const known = { ...toSession(outcome), outcome, back: back ?? gain(outcome) };
        this.#known.set(outcome.session_id, known);
      }
    }
  }

  /**
   * Forgets what a restore did, because it was undone.
   *
   * @param {Outcome} outcome of the undo
   */
  takeBack(outcome) {
    const session = this.#known.get(outcome.session_id);
    if (session && outcome.restored) {
      Object.assign(session, { status: outcome, outcome: undefined, back: undefined });
    }
  }

  /** @param {Status} status as it is now */
  renew(status) {
    const session = this.#known.get(status.session_id);
    if (session) {
      Object.assign(session, { status, group: groupOf(status) });
    }
  }

  /**
   * Remembers which sessions have a better source, by ID.
   *
   * @param {Map<string, string>} better
   */
  markBetter(better) {
    for (const session of this.#known.values()) {
      session.better = better.get(session.id);
    }
  }
}

/**
 * @param {Session} session
 * @param {Outcome} outcome
 * @param {number} [back]
 */
function takeOne(session, outcome, back) {
  if (outcome.action === "failed" && isRestored(session)) {
    // What an earlier restore did is still in place.
    session.news = notSalvaged(outcome.errors?.slice(0, 1).flatMap(toldBy) ?? []);
    return;
  }
  const came = outcome.restored ? (back ?? broughtBack(session, outcome)) : 0;
  Object.assign(session, {
    back: (session.back ?? 0) + came,
    status: outcome,
    outcome,
    failure: undefined,
    news: undefined,
    isToldOnce: undefined,
    better: outcome.restored ? undefined : session.better,
  });
}

/**
 * How many messages came back.
 *
 * @param {Session} session before
 * @param {Outcome} outcome
 */
function broughtBack(session, outcome) {
  return outcome.salvaged === undefined ? gain(outcome) : salvageGain(session);
}

/**
 * @param {Status} status
 * @param {Session} [before]
 * @returns {Session}
 */
function toSession(status, before) {
  const group = groupOf(status);
  if (before && isRestored(before) && (group === "complete" || group === "salvageable")) {
    const { salvage: _, ...known } = before.status;
    return { ...before, status: { ...known, ...(status.salvage && { salvage: status.salvage }) } };
  }
  return { id: status.session_id, group, status };
}
