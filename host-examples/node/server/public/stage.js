// What the page is doing: one long task at a time, with its progress and a button to stop it.

import { Alarm, Work } from "./notices.js";

/** @import { Phase } from "./messages.js" */

export class Stage {
  work = new Work();
  alarm = new Alarm();
  /** @type {Phase} */
  phase = "idle";
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  get isWorking() {
    return this.phase !== "idle" && this.phase !== "unread";
  }

  /** @param {Phase} next */
  enter(next) {
    this.phase = next;
    document.body.dataset.phase = next;
    this.#onChange();
  }

  /**
   * @param {Phase} name
   * @param {() => void} retry
   * @param {(signal: AbortSignal) => Promise<void>} task
   * @returns {Promise<"done" | "stopped" | "failed">}
   */
  async during(name, retry, task) {
    const stop = new AbortController();
    this.alarm.clear();
    this.work.begin(() => stop.abort());
    this.enter(name);
    try {
      await task(stop.signal);
      return "done";
    } catch (error) {
      if (stop.signal.aborted) {
        return "stopped";
      }
      this.alarm.raise(error, retry);
      return "failed";
    } finally {
      this.work.end();
    }
  }
}
