// Faults between the component and the system: in the wrapper's functions, which the component
// calls, and in those of Node below it, which the wrapper calls.

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** @typedef {(...args: any[]) => any} Call */

/**
 * What happens instead of a call.
 *
 * @typedef {(call: Call, args: any[], name: string) => any} Act
 */

/** Counts calls, and does something else instead of one of them. */
export class Meddling {
  #victim;
  #act;
  #isOn = false;
  /** How many calls there were. */
  calls = 0;
  /** The wrapper's function that is under way. */
  #wrapper = "";
  /** The wrapper's function in which it happened. */
  where = "";

  /**
   * @param {number} victim - The number of the call, from 0.
   * @param {Act} act
   */
  constructor(victim, act) {
    this.#victim = victim;
    this.#act = act;
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   */
  async during(work) {
    this.#isOn = true;
    try {
      return await work();
    } finally {
      this.#isOn = false;
    }
  }

  /** @type {Act} */
  inWrapper(call, args, name) {
    this.#wrapper = name;
    return call(...args);
  }

  /** @type {Act} */
  instead(call, args, name) {
    if (!this.#isOn || this.calls++ !== this.#victim) return call(...args);
    this.where = this.#wrapper;
    return this.#act(call, args, name);
  }
}

/**
 * Meddles with the wrapper's functions, or only tells which of them is under way.
 *
 * @param {Record<string, any>} imports
 * @param {() => Meddling} meddling - The one of the moment.
 * @param {boolean} isBelow
 */
export function meddleWithWrapper(imports, meddling, isBelow) {
  const { Descriptor, DirectoryEntryStream } = imports["wasi:filesystem/types"];
  for (const { prototype } of [Descriptor, DirectoryEntryStream]) {
    for (const name of methodsOf(prototype)) {
      if (!isBelow) replace(prototype, name, (...call) => meddling().instead(...call));
      replace(prototype, name, (...call) => meddling().inWrapper(...call));
    }
  }
}

/** Those of Node's functions that the wrapper uses. */
const NODES = [
  "closeSync",
  "fchmodSync",
  "fchownSync",
  "fstatSync",
  "fsyncSync",
  "linkSync",
  "lstatSync",
  "openSync",
  "opendirSync",
  "readSync",
  "renameSync",
  "statSync",
  "unlinkSync",
  "writeSync",
];

/**
 * Meddles with what is below the wrapper.
 *
 * @param {() => Meddling} meddling - The one of the moment.
 * @returns {() => void} puts everything back
 */
export function meddleBelow(meddling) {
  /** @type {Act} */
  const instead = (...call) => meddling().instead(...call);
  const ends = [
    ...["readSync", "closeSync"].map((name) => replace(fs.Dir.prototype, name, instead)),
    ...NODES.map((name) => replace(fs, name, instead)),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const end of ends) end();
    syncBuiltinESMExports();
  };
}

/** @param {object} prototype */
function methodsOf(prototype) {
  return Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor");
}

/**
 * @param {any} owner
 * @param {string} name
 * @param {Act} act
 */
function replace(owner, name, act) {
  const original = owner[name];
  owner[name] = /** @this {any} */ function (/** @type {any[]} */ ...args) {
    const call = (/** @type {any[]} */ ...given) => original.apply(this, given);
    return act(call, args, name);
  };
  return () => {
    owner[name] = original;
  };
}
