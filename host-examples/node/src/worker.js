// The thread in which the component works, so that the caller's event loop does not wait for it.

import { parentPort, workerData } from "node:worker_threads";
import { load } from "./component.js";
import { failureOf, SessionRecoveryError } from "./errors.js";
import { importsFor } from "./sandbox.js";
import { Stop } from "./stop.js";

/** @import { Grant } from "./sandbox.js" */

/** @typedef {{ name: string, args: unknown[], grant: Grant }} Call */

const component = await load(workerData.maxMemory);

parentPort?.on("message", async (/** @type {Call} */ call) => {
  parentPort?.postMessage(await answer(call));
});
parentPort?.postMessage("ready");

/** @param {Call} call */
async function answer({ name, args, grant }) {
  const stop = new Stop(workerData.stop);
  try {
    const instance = await component.on(importsFor(workerData.directory, grant, stop));
    const value = plain(await instance.call(name, args));
    return { value, left: stop.left };
  } catch (error) {
    const refused = refusal(error);
    // A component that ended otherwise has left its files open, which end with the thread.
    return { failure: failureOf(refused ?? error), isSpent: refused === undefined };
  }
}

/**
 * The component's own error, if it is one.
 *
 * @param {any} error
 */
function refusal(error) {
  const { code, message } = error?.payload ?? {};
  return code && new SessionRecoveryError(code, message);
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
