// The thread in which the component works, so that the caller's event loop does not wait for it.

import { readdirSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { loadComponent } from "./component.js";
import { isMissing, requireDirectory } from "./directory.js";
import { errorOf, failureOf, outOfMemory, SessionRecoveryError } from "./errors.js";
import { Kept } from "./kept.js";
import { ListedOnce } from "./listing.js";
import { refusalsIn } from "./refusal.js";
import { importsFor } from "./sandbox.js";
import { FOR_THIS_USER } from "./this-user.js";

/** @import { Run } from "./runs.js" */
/** @import { Grant } from "./sandbox.js" */
/** @import { Part } from "./previews.js" */

/** @typedef {{ name: string, args: any[], grant: Grant, run?: Run | undefined }} Call */

// The component's code asks at each step whether to report on it. A plain object answers sooner:
// a sweep of 5,000 sessions takes 0.7 s instead of 0.8 s.
process.env = {};

/** How long a part of the previews takes, in milliseconds: so long the other calls wait. */
const SHORT = 100;

const { directory, maxMemory, acceptOwner } = workerData;
const instantiate = await loadComponent("session-recovery", maxMemory);

/**
 * The sweeps under way, by number, each in an instance of its own.
 *
 * @type {Map<number, any>}
 */
const sweeps = new Map();

/**
 * What can be asked for besides the component's functions: the steps of a sweep, and whether there
 * is a directory, as a disk that does not answer may hold up whoever asks.
 *
 * @type {Record<string, (args: any[], grant: Grant, run?: Run) => unknown>}
 */
const STEPS = {
  isMissing: () => isMissing(directory),
  previewSome([ids, window]) {
    requireDirectory(directory);
    return previewed(ids, window);
  },
  startSweep([number, ...args], grant, run) {
    requireDirectory(directory);
    const sweep = recoveryFor(grant, run).Sweep.start(...args);
    sweeps.set(number, sweep);
    return { ids: [], outcomes: [], ...ahead(sweep) };
  },
  nextOfSweep([number, most]) {
    const sweep = sweeps.get(number);
    const ids = sweep.upcoming(most);
    const refusalOf = refusals();
    for (const id of ids) {
      const refusal = refusalOf(`${id}.json`);
      if (refusal) sweep.withhold(id, refusal.failure);
    }
    return { ids, outcomes: sweep.next(most), ...ahead(sweep) };
  },
  finishSweep([number]) {
    const sweep = sweeps.get(number);
    sweeps.delete(number);
    return sweep.constructor.finish(sweep);
  },
};

parentPort?.on("message", (/** @type {Call} */ call) => {
  parentPort?.postMessage(answer(call));
});
parentPort?.postMessage("ready");

/** @param {any} sweep */
function ahead(sweep) {
  return { left: sweep.total() - sweep.done(), following: sweep.upcoming(1)[0] };
}

/**
 * A fresh instance. What it does is written to the history if it is part of a run.
 *
 * @param {Grant} grant
 * @param {Run} [run]
 */
function recoveryFor(grant, run) {
  const { recovery } = instantiate(importsFor(directory, grant, acceptOwner));
  if (run) recovery.beginRun(run.name, BigInt(run.time));
  return recovery;
}

/** @param {Call} call */
function called({ name, args, grant, run }) {
  requireDirectory(directory);
  const recovery = recoveryFor(grant, run);
  const forThisUser = FOR_THIS_USER[name];
  return forThisUser ? forThisUser(recovery, refusals(), ...args) : recovery[name](...args);
}

/**
 * Previews one session after the other, as many as there is time for, with one listing.
 *
 * @param {string[]} ids
 * @param {object} window
 */
function previewed(ids, window) {
  const listed = new ListedOnce(directory);
  const end = performance.now() + SHORT;
  /** @type {Part} */
  const part = [];
  let about = "";
  const list = () => listed.about(about);
  const { recovery } = instantiate(importsFor(directory, "read-only", acceptOwner, list));
  for (const id of ids) {
    about = id;
    part.push({ id, ...viewOf(recovery, id, window) });
    if (performance.now() > end) break;
  }
  return part;
}

/**
 * @param {any} recovery
 * @param {string} id
 * @param {object} window
 */
function viewOf(recovery, id, window) {
  try {
    return { view: recovery.preview(id, undefined, window) };
  } catch (error) {
    const { payload } = /** @type {any} */ (error);
    if (payload?.code) return { failure: errorOf(payload).toJSON() };
    throw error;
  }
}

/** Gives what tells whether a file is not to be replaced by this user. */
function refusals() {
  return refusalsIn(directory, new Kept(() => readdirSync(directory)), acceptOwner);
}

/** @param {Call} call */
function answer(call) {
  try {
    const step = STEPS[call.name];
    const value = step ? step(call.args, call.grant, call.run) : called(call);
    return { value: plain(value) };
  } catch (error) {
    const { payload } = /** @type {any} */ (error);
    if (error instanceof SessionRecoveryError) return { failure: error.toJSON() };
    if (payload?.code) return { failure: errorOf(payload).toJSON() };
    // A component that ended otherwise has left its files open, which end with the thread.
    return { failure: failureOf(isTrap(error) ? outOfMemory(maxMemory) : error), isSpent: true };
  }
}

/**
 * Whether the component ended itself. It does so only if it gets no more memory.
 *
 * @param {unknown} error
 */
function isTrap(error) {
  return error instanceof WebAssembly.RuntimeError && error.message.includes("unreachable");
}

/**
 * The same as JSON knows it: numbers for 64-bit integers, absent keys for absent values.
 *
 * @param {unknown} value
 * @returns {unknown}
 */
function plain(value) {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const present = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(present.map(([key, inner]) => [key, plain(inner)]));
}
