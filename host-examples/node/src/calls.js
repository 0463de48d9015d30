// Calls of the component, one at a time, in a worker thread that is replaced if it fails.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { componentFailure, failureOf, SessionRecoveryError } from "./errors.js";
import { Stop } from "./stop.js";

/** @import { Limits } from "./limits.js" */
/** @import { Grant } from "./sandbox.js" */
/** @import { Call } from "./worker.js" */

export class Calls {
  #directory;
  #limits;
  #stop = new Stop();
  /** @type {Promise<Worker> | undefined} */
  #worker;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @param {string} directory
   * @param {Limits} limits - Of each call.
   */
  constructor(directory, limits) {
    this.#directory = directory;
    this.#limits = limits;
  }

  /** Starts the thread, so that the first call need not. */
  async start() {
    this.#worker ??= this.#startWorker().catch((cause) => {
      this.#worker = undefined;
      const { code, message } = componentFailure("cannot be started", cause);
      throw new SessionRecoveryError(code, message);
    });
    return this.#worker;
  }

  /**
   * Calls one of the component's functions, after the calls before it.
   *
   * @param {Grant} grant
   * @param {string} name
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  async call(grant, name, ...args) {
    const { value } = await this.#after({ grant, name, args });
    return value;
  }

  /**
   * Does the same for what works on many sessions, and may be stopped between two.
   *
   * @param {AbortSignal | undefined} signal
   * @param {Grant} grant
   * @param {string} name
   * @param {unknown[]} args
   * @returns {Promise<{ value: any, left: string[] }>} - With the sessions that were not begun.
   */
  sweep(signal, grant, name, ...args) {
    return this.#after({ grant, name, args }, signal, () => this.#stop.ask());
  }

  /**
   * Does the same for what only reads, which may be ended at any time.
   *
   * @param {AbortSignal | undefined} signal
   * @param {string} name
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  async read(signal, name, ...args) {
    const { value } = await this.#after({ grant: "read-only", name, args }, signal);
    return value;
  }

  /**
   * @param {Call} call
   * @param {AbortSignal} [signal]
   * @param {() => void} [onAbort] - What the signal does, if not to end the call at once.
   */
  #after(call, signal, onAbort) {
    const answer = this.#last.then(() => this.#send(call, signal, onAbort));
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Ends the thread after the calls that are under way; a later one starts another. */
  end() {
    const ended = this.#last.then(async () => {
      const worker = await this.#worker?.catch(() => undefined);
      this.#worker = undefined;
      await worker?.terminate();
    });
    this.#last = ended;
    return ended;
  }

  async #startWorker() {
    const { maxMemory } = this.#limits;
    const workerData = { directory: this.#directory, maxMemory, stop: this.#stop.memory };
    // It is given nothing else of this process.
    const options = { workerData, env: {}, argv: [], execArgv: [] };
    const worker = new Worker(new URL("worker.js", import.meta.url), options);
    await Promise.race([once(worker, "message"), endOf(worker)]);
    worker.unref();
    // What fails while nobody waits for it must not end the caller's process.
    worker.on("error", () => {});
    return worker;
  }

  /**
   * @param {Call} call
   * @param {AbortSignal} [signal]
   * @param {() => void} [stopLater]
   */
  async #send(call, signal, stopLater) {
    const worker = await this.start();
    signal?.throwIfAborted();
    const { promise, settle, fail } = pending();
    const drop = () => {
      this.#worker = undefined;
      worker.terminate();
    };
    const stop = (/** @type {string} */ why) => {
      drop();
      fail(new SessionRecoveryError("other", why));
    };
    const end = () => {
      drop();
      fail(signal?.reason);
    };
    const onAbort = stopLater ?? end;
    this.#stop.reset();
    const { maxTime } = this.#limits;
    const outOfTime = `The call was ended after ${maxTime} seconds. Remedy: allow more time.`;
    const timer = setTimeout(() => stop(outOfTime), maxTime * 1000);
    const onError = (/** @type {unknown} */ error) => {
      const { code, message } = failureOf(error);
      drop();
      fail(new SessionRecoveryError(code, message));
    };
    const onExit = () => stop("The component failed: its thread ended.");
    worker.ref();
    signal?.addEventListener("abort", onAbort);
    worker.once("message", settle).once("error", onError).once("exit", onExit);
    try {
      worker.postMessage(call);
      const answer = await promise;
      if (answer.isSpent) drop();
      return answered(answer);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      worker.off("message", settle).off("error", onError).off("exit", onExit);
      worker.unref();
    }
  }
}

/** @param {any} answer */
function answered({ failure, ...answer }) {
  if (failure) throw new SessionRecoveryError(failure.code, failure.message);
  return answer;
}

/** @param {Worker} worker */
async function endOf(worker) {
  await once(worker, "exit");
  throw new Error("its thread ended");
}

function pending() {
  /** @type {(answer: any) => void} */
  let settle = () => {};
  /** @type {(error: unknown) => void} */
  let fail = () => {};
  /** @type {Promise<any>} */
  const promise = new Promise((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  return { promise, settle, fail };
}
