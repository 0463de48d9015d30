// A sweep of the component, in parts: somebody may watch it and stop it between two. A session that
// the component cannot get through costs only itself.

import { failureOf, NotReturnedError, SweepStopped } from "./errors.js";
import { unanswered } from "./unanswered.js";

/** @import { Calls } from "./calls.js" */
/** @import { Run } from "./runs.js" */
/** @import { Failure, Outcome, Summary, SweepOptions } from "./types.js" */

/**
 * What a step of the component's sweep gives.
 *
 * @typedef {object} Step
 * @property {string[]} ids - The sessions that are done now.
 * @property {Outcome[]} outcomes
 * @property {number} left - How many sessions are not.
 * @property {string} [following] - The first of these.
 */

/** How long a part should take, in milliseconds. */
const SHORT = 50;
const LONG = 200;
const LARGEST = 8192;

let sweeps = 0;

/**
 * Sweeps until all sessions are done, or the signal stops it.
 *
 * @param {Calls} calls
 * @param {Run | undefined} run - None for a dry run.
 * @param {[known: string[] | undefined, options: object]} how
 * @param {Pick<SweepOptions, "signal" | "onProgress">} watch
 * @returns {Promise<Summary>}
 * @throws {SweepStopped} The signal stopped it.
 */
export async function sweep(calls, run, how, { signal, onProgress }) {
  const sweep = new Sweep(calls, run, how);
  await sweep.start();
  try {
    await onProgress?.(sweep.progress([]));
    while (sweep.isUnderWay && !signal?.aborted) {
      const outcomes = await sweep.next();
      await onProgress?.(sweep.progress(outcomes));
    }
  } catch (error) {
    if (error instanceof NotReturnedError) throw error.after(sweep.outcomes);
    await sweep.finish().catch(() => {});
    throw error;
  }
  const summary = await sweep.finish();
  if (summary.left > 0) throw new SweepStopped(summary, signal?.reason);
  return summary;
}

class Sweep {
  #calls;
  #run;
  #how;
  #number = 0;
  #size = 1;
  /** So many of the next sessions are to be done one by one. */
  #oneByOne = 0;
  #done = 0;
  #left = 0;
  /** @type {string | undefined} */
  #last;
  /** @type {string | undefined} */
  #following;
  /** @type {Outcome[]} */
  #outcomes = [];

  /**
   * @param {Calls} calls
   * @param {Run | undefined} run
   * @param {[known: string[] | undefined, options: object]} how
   */
  constructor(calls, run, how) {
    this.#calls = calls;
    this.#run = run;
    this.#how = how;
  }

  /** What was done until now. */
  get outcomes() {
    return this.#outcomes;
  }

  get isUnderWay() {
    return this.#left > 0;
  }

  /** @param {Outcome[]} outcomes */
  progress(outcomes) {
    return { done: this.#done, total: this.#done + this.#left, outcomes };
  }

  /** Starts in a new instance of the component, behind the session that was done last. */
  async start() {
    this.#number = ++sweeps;
    const [known, options] = this.#how;
    await this.#step("startSweep", known, this.#last, options);
  }

  /** Goes on with the next part, and gives what was done about those that are not simply fine. */
  async next() {
    const most = this.#oneByOne > 0 ? 1 : this.#size;
    const started = performance.now();
    try {
      const outcomes = await this.#step("nextOfSweep", most);
      if (this.#oneByOne > 0) this.#oneByOne -= 1;
      else this.#size = nextSize(most, performance.now() - started);
      return outcomes;
    } catch (error) {
      if (error instanceof NotReturnedError) throw error;
      return this.#goneOn(most, failureOf(error));
    }
  }

  /**
   * Ends the sweep.
   *
   * @returns {Promise<Summary>}
   */
  async finish() {
    try {
      return this.#completed(await this.#call("finishSweep"));
    } catch {
      // The instance is gone. Another one can say what it finds in the directory.
      await this.start();
      return this.#completed(await this.#call("finishSweep"));
    }
  }

  /**
   * Goes on where a part has no answer: does its sessions one by one, and leaves out the one that
   * has no answer by itself.
   *
   * @param {number} most
   * @param {Failure} failure
   */
  async #goneOn(most, failure) {
    const outcomes = [];
    if (this.#oneByOne > 0) {
      const id = this.#following ?? "";
      outcomes.push(unanswered(id, failure));
      this.#oneByOne -= 1;
      this.#has(outcomes, [id]);
    } else {
      this.#oneByOne = most;
    }
    await this.start();
    return outcomes;
  }

  /**
   * @param {string} name
   * @param {unknown[]} args
   */
  async #step(name, ...args) {
    /** @type {Step} */
    const { ids, outcomes, left, following } = await this.#call(name, ...args);
    this.#has(outcomes, ids);
    this.#left = left;
    this.#following = following;
    return outcomes;
  }

  /**
   * @param {string} name
   * @param {unknown[]} args
   */
  #call(name, ...args) {
    return this.#calls.restore(this.#run, name, this.#number, ...args);
  }

  /**
   * @param {Outcome[]} outcomes
   * @param {string[]} ids
   */
  #has(outcomes, ids) {
    for (const outcome of outcomes) this.#outcomes.push(outcome);
    this.#done += ids.length;
    this.#last = ids.at(-1) ?? this.#last;
  }

  /**
   * The summary of the last instance has only what that restored, and no session that was given
   * before.
   *
   * @param {Summary} summary
   */
  #completed(summary) {
    const sessions = [...this.#outcomes, ...summary.sessions];
    const restored = sessions.filter(({ action }) => action.startsWith("restored")).length;
    return { ...summary, restored, sessions };
  }
}

/**
 * @param {number} size
 * @param {number} took
 */
function nextSize(size, took) {
  if (took < SHORT) return Math.min(size * 2, LARGEST);
  return took > LONG ? Math.max(size >> 1, 1) : size;
}
