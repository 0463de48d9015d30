// The component's world: one directory, through the twelve functions that it imports and no others.
//
// The shim does the file system calls. What it lacks stands here: a read-only grant, names that
// cannot lead anywhere else, and errors of the system as WASI errors rather than exceptions,
// which would end the component without a word and without cleaning up.

import { opendirSync } from "node:fs";
import { join } from "node:path";
import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation";
import { makePrivate, passOn } from "./permissions.js";

/** @import { Dir, Dirent } from "node:fs" */
/** @typedef {"read-only" | "read-write"} Grant */

/** The shim makes a buffer of the size asked for, which is dear for small files. */
const SMALL_PIECE = 65_536n;
/** Each call is dear, too. */
const LARGE_PIECE = 1_048_576n;

const NO_FOLLOW = { symlinkFollow: false };

const disposal = Symbol.dispose ?? Symbol.for("dispose");

/** Names as they are, or none at all. */
const NAMES = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The names in a directory, with an error for each that is not UTF-8; the shim would alter them. */
class DirectoryEntryStream {
  #directory;
  #checked;

  /**
   * @param {Dir} directory
   * @param {<T>(call: () => T) => T} checked
   */
  constructor(directory, checked) {
    this.#directory = directory;
    this.#checked = checked;
  }

  readDirectoryEntry() {
    const entry = this.#checked(() => this.#directory.readSync());
    return entry ? { name: decoded(entry), type: typeOf(entry) } : undefined;
  }

  [disposal]() {
    quietly(() => this.#directory.closeSync());
  }
}

/**
 * What the component is given.
 *
 * @param {string} directory
 * @param {Grant} grant
 * @returns {Record<string, object>}
 */
export function importsFor(directory, grant) {
  const shim = new WASIShim({
    sandbox: { preopens: { "/sessions": directory }, env: {}, args: [], enableNetwork: false },
  });
  const { "wasi:filesystem/types": types, "wasi:filesystem/preopens": preopens } =
    /** @type {any} */ (shim.getImportObject());
  /** @type {<T>(call: () => T) => T} */
  const checked = (call) => inWasiErrors(types, call);

  class Descriptor {
    #inner;
    #path;
    #most = SMALL_PIECE;

    /**
     * @param {any} inner
     * @param {string} path
     */
    constructor(inner, path) {
      this.#inner = inner;
      this.#path = path;
    }

    /**
     * @param {unknown} _pathFlags
     * @param {string} name
     * @param {{ create?: boolean, exclusive?: boolean, truncate?: boolean }} openFlags
     * @param {{ write?: boolean }} flags
     */
    openAt(_pathFlags, name, openFlags, flags) {
      if (name !== ".") requireSingleName(name);
      if (openFlags.create || openFlags.truncate || flags.write) requireWrite(grant);
      if (openFlags.create && !openFlags.exclusive) throw "unsupported";
      const opened = checked(() => this.#inner.openAt(NO_FOLLOW, name, openFlags, flags));
      if (openFlags.create) this.#makePrivate(name, opened);
      return new Descriptor(opened, join(this.#path, name));
    }

    /**
     * A new file that cannot be made private is taken back: the component does not know of it.
     *
     * @param {string} name
     * @param {any} opened
     */
    #makePrivate(name, opened) {
      try {
        checked(() => makePrivate(directory, name));
      } catch (error) {
        quietly(() => opened[disposal]());
        quietly(() => this.#inner.unlinkFileAt(name));
        throw error;
      }
    }

    /**
     * @param {bigint} length
     * @param {bigint} offset
     */
    read(length, offset) {
      // biome-ignore lint/complexity/useMathMinMax: these are bigints, which Math.min refuses
      const asked = length < this.#most ? length : this.#most;
      const [bytes, isLast] = checked(() => this.#inner.read(asked, offset));
      this.#most = bytes.length < asked ? SMALL_PIECE : LARGE_PIECE;
      return [bytes, isLast];
    }

    /**
     * @param {Uint8Array} bytes
     * @param {bigint} offset
     */
    write(bytes, offset) {
      requireWrite(grant);
      return checked(() => this.#inner.write(bytes, offset));
    }

    sync() {
      return checked(() => this.#inner.sync());
    }

    readDirectory() {
      return new DirectoryEntryStream(
        checked(() => openedByBytes(this.#path)),
        checked,
      );
    }

    metadataHash() {
      return checked(() => this.#inner.metadataHash());
    }

    /**
     * @param {unknown} _pathFlags
     * @param {string} name
     */
    metadataHashAt(_pathFlags, name) {
      requireSingleName(name);
      return checked(() => this.#inner.metadataHashAt(NO_FOLLOW, name));
    }

    /**
     * @param {string} from
     * @param {Descriptor} descriptor
     * @param {string} to
     */
    renameAt(from, descriptor, to) {
      requireSingleName(from);
      requireSingleName(to);
      requireWrite(grant);
      checked(() => passOn(directory, from, to));
      return checked(() => this.#inner.renameAt(from, descriptor.#inner, to));
    }

    /**
     * @param {unknown} _pathFlags
     * @param {string} from
     * @param {Descriptor} descriptor
     * @param {string} to
     */
    linkAt(_pathFlags, from, descriptor, to) {
      requireSingleName(from);
      requireSingleName(to);
      requireWrite(grant);
      return checked(() => this.#inner.linkAt(NO_FOLLOW, from, descriptor.#inner, to));
    }

    /** @param {string} name */
    unlinkFileAt(name) {
      requireSingleName(name);
      requireWrite(grant);
      return checked(() => this.#inner.unlinkFileAt(name));
    }

    [disposal]() {
      quietly(() => this.#inner[disposal]());
    }
  }

  return {
    "wasi:filesystem/types": { Descriptor, DirectoryEntryStream },
    "wasi:filesystem/preopens": {
      getDirectories: () =>
        preopens
          .getDirectories()
          .map((/** @type {[unknown, string]} */ [inner, name]) => [
            new Descriptor(inner, directory),
            name,
          ]),
    },
  };
}

/** @param {string} path */
function openedByBytes(path) {
  // Node's types know no names in bytes.
  return opendirSync(path, /** @type {{}} */ ({ encoding: "buffer" }));
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

/**
 * A single name cannot lead out of the directory, whatever links there are.
 *
 * @param {string} name
 */
function requireSingleName(name) {
  if (name === "" || name === "." || name === ".." || /[/\\\0]/.test(name)) throw "not-permitted";
}

/** @param {Grant} grant */
function requireWrite(grant) {
  if (grant !== "read-write") throw "not-permitted";
}

/**
 * The component cannot be told of a failure here.
 *
 * @param {() => void} call
 */
function quietly(call) {
  try {
    call();
  } catch {
    // What it wrote it has synced; and what it cannot remove, the next sweep does.
  }
}

/**
 * @template T
 * @param {any} types - The shim's, which knows the system's errors.
 * @param {() => T} call
 */
function inWasiErrors(types, call) {
  try {
    return call();
  } catch (error) {
    if (typeof error === "string") throw error;
    throw errorCode(types, error);
  }
}

/**
 * @param {any} types
 * @param {unknown} error
 */
function errorCode(types, error) {
  try {
    return types.filesystemErrorCode({ payload: error });
  } catch {
    return "io";
  }
}
