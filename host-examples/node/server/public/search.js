// Looks for words in the texts of all sessions, after a short pause in the typing.

import { search } from "./api.js";
import { explain } from "./failure.js";
import { progress } from "./messages.js";
import { many } from "./numbers.js";

/** @import { Found } from "../shapes.js" */

/** How long the typing has to rest before texts are read, in milliseconds. */
const PAUSE = 500;
/** The fewest characters that are looked for in texts. */
const FEWEST = 2;

export class Search {
  /** @type {Map<string, Found["excerpt"]>} */
  found = new Map();
  /** What is said about the search. */
  words = "";
  #text = "";
  #stop = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #onFound;

  /** @param {() => void} onFound */
  constructor(onFound) {
    this.#onFound = onFound;
  }

  /**
   * @param {string} text
   * @param {boolean} isNow whether to start without a pause
   */
  start(text, isNow) {
    if (text === this.#text && !(isNow && this.#timer !== undefined)) {
      return;
    }
    this.#text = text;
    this.#stop.abort();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.found = new Map();
    this.words = "";
    if (text.length < FEWEST) {
      return;
    }
    if (isNow) {
      this.#look(text);
    } else {
      this.#timer = setTimeout(() => this.#look(text), PAUSE);
    }
  }

  /** @param {string} text */
  async #look(text) {
    this.#timer = undefined;
    const stop = new AbortController();
    this.#stop = stop;
    try {
      for await (const { done, total, found, unread = 0 } of search(text, stop.signal)) {
        for (const { session_id, excerpt } of found) {
          this.found.set(session_id, excerpt);
        }
        this.words = done < total ? `${progress("Looked into", done, total)}…` : notRead(unread);
        this.#onFound();
      }
    } catch (error) {
      if (!stop.signal.aborted) {
        this.words = `The texts could not be searched. ${explain(error).join(" ")}`;
        this.#onFound();
      }
    }
  }
}

/** @param {number} sessions that could not be read */
function notRead(sessions) {
  return sessions > 0 ? `${many(sessions, "session")} could not be searched.` : "";
}
