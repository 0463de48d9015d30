// Calls of the component, one at a time, in a worker thread that is replaced if it fails. Nobody
// waits for a call without an end: a thread that waits for the system cannot be ended, and is left.

import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { errorOf, failureOf, NotReturnedError, notStarted, outOfTime } from "./errors.js";

/** @import { Limits } from "./limits.js" */
/** @import { Run } from "./runs.js" */
/** @import { Grant } from "./sandbox.js" */
/** @import { Call } from "./worker.js" */

/** How long a thread may take to end, in milliseconds. One that only computes ends at once. */
const GRACE = 5000;

/**
 * The threads that were to end and have not, in this process.
 *
 * @type {Set<Worker>}
 */
const left = new Set();

// Node waits for all threads before it ends, also for these. A signal does not.
process.on("exit", () => {
  if (left.size > 0) process.kill(process.pid, "SIGKILL");
});

export class Calls {
  #directory;
  #limits;
  #acceptOwner;
  /** @type {Promise<Worker> | undefined} */
  #worker;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @param {string} directory
   * @param {Limits} limits - Of each call.
   * @param {boolean} acceptOwner - Whether a restored file may belong to this process's user.
   */
  constructor(directory, limits, acceptOwner = false) {
    this.#directory = directory;
    this.#limits = limits;
    this.#acceptOwner = acceptOwner;
  }

  /** Starts the thread, so that the first call need not. */
  async start() {
    if (left.size > 0) throw NotReturnedError.earlier();
    this.#worker ??= this.#startWorker().catch((cause) => {
      this.#worker = undefined;
      throw notStarted(cause);
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
  call(grant, name, ...args) {
    return this.#after({ grant, name, args });
  }

  /**
   * Does the same for what restores.
   *
   * @param {Run | undefined} run - What the history calls it. Without one it is a dry run.
   * @param {string} name
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  restore(run, name, ...args) {
    return this.#after({ grant: run ? "read-write" : "read-only", run, name, args });
  }

  /**
   * Does the same for what only reads, which may be ended at any time.
   *
   * @param {AbortSignal | undefined} signal
   * @param {string} name
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  read(signal, name, ...args) {
    return this.#after({ grant: "read-only", name, args }, signal);
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

  /**
   * @param {Call} call
   * @param {AbortSignal} [signal]
   */
  #after(call, signal) {
    const answer = this.#last.then(() => this.#send(call, signal));
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #startWorker() {
    const workerData = {
      directory: this.#directory,
      maxMemory: this.#limits.maxMemory,
      acceptOwner: this.#acceptOwner,
    };
    // It is given nothing else of this process.
    const options = { workerData, env: {}, argv: [], execArgv: [] };
    const worker = new Worker(new URL("worker.js", import.meta.url), options);
    // What fails while nobody waits for it must not end the caller's process.
    worker.on("error", () => {});
    const started = new AbortController();
    const listening = { signal: started.signal };
    try {
      const ready = once(worker, "message", listening);
      await Promise.race([ready, endOf(worker, listening), this.#timeLimit(listening)]);
    } catch (error) {
      await this.#endNow(worker);
      throw error;
    } finally {
      started.abort();
    }
    worker.unref();
    return worker;
  }

  /**
   * @param {Call} call
   * @param {AbortSignal} [signal]
   */
  async #send(call, signal) {
    const worker = await this.start();
    signal?.throwIfAborted();
    worker.ref();
    const answer = await this.#answerOf(worker, call, signal);
    worker.unref();
    if (answer.isSpent) {
      this.#worker = undefined;
      const ended = this.#endNow(worker);
      // Who has ended the call wants no other reason.
      await (signal?.aborted ? ended.catch(() => {}) : ended);
    }
    if (signal?.aborted && answer.failure) throw signal.reason;
    if (answer.failure) throw errorOf(answer.failure);
    return answer.value;
  }

  /**
   * Ends a thread.
   *
   * @param {Worker} worker
   * @throws {NotReturnedError} It does not end, and is left.
   */
  async #endNow(worker) {
    const ended = new AbortController();
    const ending = worker.terminate().then(() => left.delete(worker));
    const late = setTimeout(GRACE, "late", { signal: ended.signal });
    if ((await Promise.race([ending, late])) === "late") {
      left.add(worker);
      // To end it has let the event loop wait for it.
      worker.unref();
      throw NotReturnedError.within(this.#limits.maxTime);
    }
    ended.abort();
  }

  /**
   * The answer, or why there is none.
   *
   * @param {Worker} worker
   * @param {Call} call
   * @param {AbortSignal} [signal]
   */
  async #answerOf(worker, call, signal) {
    const settled = new AbortController();
    const listening = { signal: settled.signal };
    const ends = [endOf(worker, listening), this.#timeLimit(listening)];
    if (signal) ends.push(once(signal, "abort", listening).then(() => signal.throwIfAborted()));
    try {
      const message = once(worker, "message", listening);
      worker.postMessage(call);
      return await Promise.race([message.then(([answer]) => answer), ...ends]);
    } catch (error) {
      return { failure: failureOf(error), isSpent: true };
    } finally {
      settled.abort();
    }
  }

  /** @param {{ signal: AbortSignal }} listening */
  async #timeLimit(listening) {
    const { maxTime } = this.#limits;
    await setTimeout(maxTime * 1000, undefined, listening);
    throw outOfTime(maxTime);
  }
}

/**
 * @param {Worker} worker
 * @param {{ signal?: AbortSignal }} [listening]
 */
async function endOf(worker, listening) {
  await once(worker, "exit", listening);
  throw new Error("its thread ended");
}
