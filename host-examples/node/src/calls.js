// Calls of the component, one at a time, in a worker thread that is replaced if it fails.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { SessionRecoveryError } from "./errors.js";

/** @import { Limits } from "./limits.js" */
/** @import { Grant } from "./sandbox.js" */

export class Calls {
  #directory;
  #limits;
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
    this.#worker ??= this.#startWorker();
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
  call(grant, name, ...args) {
    const answer = this.#last.then(() => this.#send({ grant, name, args }));
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Ends the thread after the calls that are under way; a later one starts another. */
  end() {
    const ended = this.#last.then(async () => {
      const worker = await this.#worker;
      this.#worker = undefined;
      await worker?.terminate();
    });
    this.#last = ended;
    return ended;
  }

  async #startWorker() {
    const { maxMemory } = this.#limits;
    const workerData = { directory: this.#directory, maxMemory };
    // It is given nothing else of this process.
    const options = { workerData, env: {}, argv: [], execArgv: [] };
    const worker = new Worker(new URL("worker.js", import.meta.url), options);
    try {
      await once(worker, "message");
    } catch (cause) {
      this.#worker = undefined;
      throw new SessionRecoveryError("other", `The component cannot be started: ${cause}`);
    }
    worker.unref();
    // What fails while nobody waits for it must not end the caller's process.
    worker.on("error", () => {});
    return worker;
  }

  /** @param {{ grant: Grant, name: string, args: unknown[] }} call */
  async #send(call) {
    const worker = await this.start();
    const { promise, settle, fail } = pending();
    const drop = () => {
      this.#worker = undefined;
      worker.terminate();
    };
    const stop = (/** @type {string} */ why) => {
      drop();
      fail(new SessionRecoveryError("other", why));
    };
    const { maxTime } = this.#limits;
    const outOfTime = `The call was ended after ${maxTime} seconds. Remedy: allow more time.`;
    const timer = setTimeout(() => stop(outOfTime), maxTime * 1000);
    const onError = (/** @type {unknown} */ error) => stop(`The component failed: ${error}`);
    const onExit = () => stop("The component failed: its thread ended.");
    worker.ref();
    worker.once("message", settle).once("error", onError).once("exit", onExit);
    try {
      worker.postMessage(call);
      const answer = await promise;
      if (answer.isSpent) drop();
      return answered(answer);
    } finally {
      clearTimeout(timer);
      worker.off("message", settle).off("error", onError).off("exit", onExit);
      worker.unref();
    }
  }
}

/** @param {any} answer */
function answered({ value, failure }) {
  if (failure) throw new SessionRecoveryError(failure.code, failure.message);
  return value;
}

function pending() {
  /** @type {(answer: any) => void} */
  let settle = () => {};
  /** @type {(error: Error) => void} */
  let fail = () => {};
  /** @type {Promise<any>} */
  const promise = new Promise((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  return { promise, settle, fail };
}
