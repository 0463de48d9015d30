// The names in a directory, as they are: a name that is not UTF-8 is an error of its own, after
// which the listing goes on.

import { opendirSync } from "node:fs";
import { inWasiErrors, quietly } from "./wasi-errors.js";

/** @import { Dirent } from "node:fs" */

/** How many names Node asks the system for at once. */
const AT_ONCE = 1024;

const NAMES = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * @typedef {{ name: string, type: string }} Entry
 * @typedef {{ read: () => Entry | undefined, close: () => void }} Entries
 */

export class DirectoryEntryStream {
  #entries;

  /** @param {Entries} entries */
  constructor(entries) {
    this.#entries = entries;
  }

  readDirectoryEntry() {
    return this.#entries.read();
  }

  [Symbol.dispose]() {
    this.#entries.close();
  }
}

/**
 * What a directory holds.
 *
 * @param {string} path
 * @returns {Entries}
 */
export function entriesOf(path) {
  const directory = inWasiErrors(() => opened(path));
  return {
    read() {
      const entry = inWasiErrors(() => directory.readSync());
      return entry ? { name: decoded(entry), type: typeOf(entry) } : undefined;
    },
    close: () => quietly(() => directory.closeSync()),
  };
}

/**
 * Lists a directory once for calls that read one session each. To each call it seems to hold only
 * what may matter to its session: names that hold the ID, and those that are no sessions' files.
 */
export class ListedOnce {
  /** @type {Entry[]} */
  #entries = [];

  /** @param {string} path */
  constructor(path) {
    const entries = entriesOf(path);
    try {
      for (let isEnd = false; !isEnd; ) isEnd = this.#add(entries);
    } finally {
      entries.close();
    }
  }

  /**
   * @param {string} id
   * @returns {Entries}
   */
  about(id) {
    const found = this.#entries.filter(({ name }) => name.includes(id) || /^[._]/.test(name));
    return { read: () => found.shift(), close() {} };
  }

  /**
   * @param {Entries} entries
   * @returns {boolean} Whether there are no more.
   */
  #add(entries) {
    try {
      const entry = entries.read();
      if (entry) this.#entries.push(entry);
      return entry === undefined;
    } catch (error) {
      // A name that is not UTF-8 is of no session.
      if (error !== "illegal-byte-sequence") throw error;
      return false;
    }
  }
}

/** @param {string} path */
function opened(path) {
  // Node's types know no names in bytes.
  return opendirSync(path, /** @type {{}} */ ({ encoding: "buffer", bufferSize: AT_ONCE }));
}

/** @param {Dirent} entry */
function decoded({ name }) {
  try {
    return NAMES.decode(/** @type {any} */ (name));
  } catch {
    throw "illegal-byte-sequence";
  }
}

/** @param {Dirent} entry */
function typeOf(entry) {
  if (entry.isFile()) return "regular-file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symbolic-link" : "unknown";
}
