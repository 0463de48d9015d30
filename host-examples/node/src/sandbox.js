// The component's world: one directory, through the twelve functions that it imports and no others.

import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { Kept } from "./kept.js";
import { DirectoryEntryStream } from "./listing.js";
import { passOn } from "./permissions.js";
import { inWasiErrors, quietly } from "./wasi-errors.js";

/** @import { BigIntStats } from "node:fs" */
/** @typedef {"read-only" | "read-write"} Grant */

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** A FIFO that took a file's name after the listing would be waited for, but for `O_NONBLOCK`. */
const READ = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
const CREATE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
/** The mode of a new file: its owner's alone, until it gets that of the file it replaces. */
const PRIVATE = 0o600;

/** The preopened directory itself, of which the component opens `.` first. */
const NOT_OPEN = -1;

/** What is read, until the component has copied it. */
const piece = new Uint8Array(1_048_576);

/** A file or directory as the component knows it. */
class Descriptor {
  #grant;
  #acceptOwner;
  #path;
  #file;
  /** @type {Kept | undefined} */
  #kept;

  /**
   * @param {Grant} grant
   * @param {boolean} acceptOwner
   * @param {string} path
   * @param {number} file
   */
  constructor(grant, acceptOwner, path, file = NOT_OPEN) {
    this.#grant = grant;
    this.#acceptOwner = acceptOwner;
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens to list, to create or to read; the component does nothing else.
   *
   * @param {unknown} _pathFlags
   * @param {string} name
   * @param {{ create?: boolean, directory?: boolean, exclusive?: boolean, truncate?: boolean }} how
   * @param {{ write?: boolean }} flags
   */
  openAt(_pathFlags, name, { create, directory, exclusive, truncate }, { write }) {
    if (name !== ".") requireSingleName(name);
    if (create || truncate || write) this.#requireWrite();
    const path = `${this.#path}/${name}`;
    if (directory) return this.#directoryAt(path);
    if (create && exclusive) return this.#descriptor(path, opened(path, CREATE));
    if (create || truncate || write) throw "unsupported";
    return this.#descriptor(path, openedToRead(path));
  }

  /**
   * @param {bigint} length
   * @param {bigint} offset
   */
  read(length, offset) {
    const most = length < piece.length ? Number(length) : piece.length;
    const read = inWasiErrors(() => readSync(this.#file, piece, 0, most, offset));
    return [piece.subarray(0, read), read === 0];
  }

  /**
   * @param {Uint8Array} bytes
   * @param {bigint} offset
   */
  write(bytes, offset) {
    this.#requireWrite();
    const place = Number(offset);
    return BigInt(inWasiErrors(() => writeSync(this.#file, bytes, 0, bytes.length, place)));
  }

  sync() {
    inWasiErrors(() => fsyncSync(this.#file));
  }

  readDirectory() {
    return new DirectoryEntryStream(this.#path);
  }

  metadataHash() {
    return hashOf(inWasiErrors(() => fstatSync(this.#file, { bigint: true })));
  }

  /**
   * @param {unknown} _pathFlags
   * @param {string} name
   */
  metadataHashAt(_pathFlags, name) {
    const path = this.#at(name);
    return hashOf(inWasiErrors(() => lstatSync(path, { bigint: true })));
  }

  /**
   * @param {string} from
   * @param {Descriptor} directory
   * @param {string} to
   */
  renameAt(from, directory, to) {
    const [old, renamed] = [this.#at(from), directory.#at(to)];
    this.#requireWrite();
    inWasiErrors(() => {
      this.#passOn(from, to);
      renameSync(old, renamed);
    });
  }

  /**
   * @param {unknown} _pathFlags
   * @param {string} from
   * @param {Descriptor} directory
   * @param {string} to
   */
  linkAt(_pathFlags, from, directory, to) {
    const [old, linked] = [this.#at(from), directory.#at(to)];
    this.#requireWrite();
    inWasiErrors(() => {
      this.#passOn(from, to);
      linkSync(old, linked);
    });
  }

  /** @param {string} name */
  unlinkFileAt(name) {
    const path = this.#at(name);
    this.#requireWrite();
    inWasiErrors(() => unlinkSync(path));
  }

  [Symbol.dispose]() {
    if (this.#file !== NOT_OPEN) quietly(() => closeSync(this.#file));
    this.#file = NOT_OPEN;
  }

  /** @param {string} path */
  #directoryAt(path) {
    const file = openedDirectory(path);
    return this.#descriptor(heldPath(file) ?? path, file);
  }

  /**
   * @param {string} path
   * @param {number} file
   */
  #descriptor(path, file) {
    return new Descriptor(this.#grant, this.#acceptOwner, path, file);
  }

  /** @param {string} name */
  #at(name) {
    requireSingleName(name);
    return `${this.#path}/${name}`;
  }

  /**
   * @param {string} from
   * @param {string} to
   */
  #passOn(from, to) {
    this.#kept ??= new Kept(() => readdirSync(this.#path));
    passOn(this.#path, this.#kept, from, to, this.#acceptOwner);
  }

  #requireWrite() {
    if (this.#grant !== "read-write") throw "not-permitted";
  }
}

/**
 * What the component is given.
 *
 * @param {string} directory
 * @param {Grant} grant
 * @param {boolean} acceptOwner - Whether a restored file may belong to this process's user.
 * @returns {Record<string, object>}
 */
export function importsFor(directory, grant, acceptOwner = false) {
  return {
    "wasi:filesystem/types": { Descriptor, DirectoryEntryStream },
    "wasi:filesystem/preopens": {
      getDirectories: () => [[new Descriptor(grant, acceptOwner, directory), "/sessions"]],
    },
  };
}

/**
 * A single name cannot lead out of the directory, whatever links there are.
 *
 * @param {string} name
 */
function requireSingleName(name) {
  if (name === "" || name === "." || name === ".." || /[/\\\0]/.test(name)) throw "not-permitted";
}

/**
 * @param {string} path
 * @param {number} flags
 */
function opened(path, flags) {
  return inWasiErrors(() => openSync(path, flags, PRIVATE));
}

/** @param {string} path */
function openedDirectory(path) {
  try {
    return opened(path, READ | O_DIRECTORY);
  } catch (error) {
    // What is wrong with a link is that it is one.
    throw inWasiErrors(() => lstatSync(path)).isSymbolicLink() ? "loop" : error;
  }
}

/** @param {string} path */
function openedToRead(path) {
  const file = opened(path, READ);
  try {
    requireRegular(file);
  } catch (error) {
    quietly(() => closeSync(file));
    throw error;
  }
  return file;
}

/** @param {number} file */
function requireRegular(file) {
  const stats = inWasiErrors(() => fstatSync(file));
  if (!stats.isFile()) throw stats.isDirectory() ? "is-directory" : "unsupported";
}

/**
 * A path of an open directory that leads there whatever bears the directory's name by now, where
 * the system has such paths.
 *
 * @param {number} file
 */
function heldPath(file) {
  const path = `/proc/self/fd/${file}`;
  try {
    const [held, found] = [fstatSync(file), statSync(path)];
    return held.ino === found.ino && held.dev === found.dev ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Changes where another file has the name, and where this one was written.
 *
 * @param {BigIntStats} stats
 */
function hashOf({ mtimeNs, ino }) {
  return { upper: mtimeNs, lower: ino };
}
