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
import { DirectoryEntryStream, entriesOf } from "./listing.js";
import { isStaging, passOn } from "./permissions.js";
import { inWasiErrors, quietly } from "./wasi-errors.js";

/** @import { BigIntStats } from "node:fs" */
/** @import { Entries } from "./listing.js" */
/** @typedef {"read-only" | "read-write"} Grant */

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } =
  constants;
/** A FIFO that took a file's name after the listing would be waited for, but for `O_NONBLOCK`. */
const READ = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
const EDIT = O_RDWR | O_NOFOLLOW | O_NONBLOCK;
const CREATE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
/** The mode of a new file: its owner's alone, until it gets that of the file it replaces. */
const PRIVATE = 0o600;

/** The history: the only file that is opened to be written to although it is there. */
const LOG = ".session-recovery-log.jsonl";

/** The preopened directory itself, of which the component opens `.` first. */
const NOT_OPEN = -1;

/** What is read, until the component has copied it. */
const piece = new Uint8Array(1_048_576);

/**
 * What the component may do, and how it is done.
 *
 * @typedef {object} World
 * @property {Grant} grant
 * @property {boolean} acceptOwner - Whether a restored file may belong to this process's user.
 * @property {(path: string) => Entries} list
 */

/** A file or directory as the component knows it. */
class Descriptor {
  #world;
  #path;
  #file;
  /** @type {Kept | undefined} */
  #kept;
  /**
   * The files that were opened while a staging file was written, by its name: its bytes are theirs.
   *
   * @type {Map<string, Set<string>>}
   */
  #sources = new Map();

  /**
   * @param {World} world
   * @param {string} path
   * @param {number} file
   */
  constructor(world, path, file = NOT_OPEN) {
    this.#world = world;
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens to list, to create, to read, or to add to the history; the component does nothing else.
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
    if (create && exclusive) return this.#created(name, path);
    if (create || truncate || (write && name !== LOG)) throw "unsupported";
    const file = openedRegular(path, write ? EDIT : READ);
    for (const sources of this.#sources.values()) sources.add(name);
    return this.#descriptor(path, file);
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
    return new DirectoryEntryStream(this.#world.list(this.#path));
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
    this.#followStaging(from, to);
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
    this.#sources.delete(name);
  }

  [Symbol.dispose]() {
    if (this.#file !== NOT_OPEN) quietly(() => closeSync(this.#file));
    this.#file = NOT_OPEN;
  }

  /**
   * @param {string} name
   * @param {string} path
   */
  #created(name, path) {
    const file = opened(path, CREATE);
    if (isStaging(name)) this.#sources.set(name, new Set());
    return this.#descriptor(path, file);
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
    return new Descriptor(this.#world, path, file);
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
    const sources = this.#sources.get(from) ?? [];
    const { acceptOwner } = this.#world;
    passOn(this.#path, this.#kept, from, to, { sources, acceptOwner });
  }

  /**
   * A staging file gets a name of its own right after it is created.
   *
   * @param {string} from
   * @param {string} to
   */
  #followStaging(from, to) {
    const sources = this.#sources.get(from);
    this.#sources.delete(from);
    if (sources && isStaging(to)) this.#sources.set(to, sources);
  }

  #requireWrite() {
    if (this.#world.grant !== "read-write") throw "not-permitted";
  }
}

/**
 * What the component is given.
 *
 * @param {string} directory
 * @param {Grant} grant
 * @param {boolean} acceptOwner - Whether a restored file may belong to this process's user.
 * @param {World["list"]} list
 * @returns {Record<string, object>}
 */
export function importsFor(directory, grant, acceptOwner = false, list = entriesOf) {
  const world = { grant, acceptOwner, list };
  return {
    "wasi:filesystem/types": { Descriptor, DirectoryEntryStream },
    "wasi:filesystem/preopens": {
      getDirectories: () => [[new Descriptor(world, directory), "/sessions"]],
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

/**
 * @param {string} path
 * @param {number} flags
 */
function openedRegular(path, flags) {
  const file = opened(path, flags);
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
