// Where a sweep ends that nobody wants any more: after the session that is under way. A call cannot
// be told, so the sandbox opens no file of a session that was not begun before.

const SESSION_FILE = /^([^_].*)\.json(?:\.bak)?$/s;

export class Stop {
  /** What the threads share. */
  memory;
  #isAsked;
  /** @type {string | undefined} */
  #current;
  /** @type {Set<string>} */
  #left = new Set();

  /** @param {SharedArrayBuffer} memory - The other thread's. */
  constructor(memory = new SharedArrayBuffer(4)) {
    this.memory = memory;
    this.#isAsked = new Int32Array(memory);
  }

  /** Asks the other thread to begin no more sessions. */
  ask() {
    Atomics.store(this.#isAsked, 0, 1);
  }

  /** Takes that back, for the next call. */
  reset() {
    Atomics.store(this.#isAsked, 0, 0);
  }

  /** The sessions that were not begun. */
  get left() {
    return [...this.#left];
  }

  /**
   * @param {string} name - Of the file that is to be opened.
   * @throws {string} It is that of a session which is not to be begun.
   */
  requireBegun(name) {
    const id = SESSION_FILE.exec(name)?.[1];
    if (id === undefined || id === this.#current) return;
    if (Atomics.load(this.#isAsked, 0) === 0) {
      this.#current = id;
      return;
    }
    this.#left.add(id);
    throw "busy";
  }
}
