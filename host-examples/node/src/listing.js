// The names in a directory, as they are: a name that is not UTF-8 is an error of its own, after
// which the listing goes on.

import { opendirSync } from "node:fs";
import { inWasiErrors, quietly } from "./wasi-errors.js";

/** @import { Dirent } from "node:fs" */

/** How many names Node asks the system for at once. */
const AT_ONCE = 1024;

const NAMES = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class DirectoryEntryStream {
  #directory;

  /** @param {string} path */
  constructor(path) {
    this.#directory = inWasiErrors(() => opened(path));
  }

  readDirectoryEntry() {
    const entry = inWasiErrors(() => this.#directory.readSync());
    return entry ? { name: decoded(entry), type: typeOf(entry) } : undefined;
  }

  [Symbol.dispose]() {
    quietly(() => this.#directory.closeSync());
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
