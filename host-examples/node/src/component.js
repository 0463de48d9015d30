// The transpiled component: compiled once, a fresh instance for each call.

import { readFile } from "node:fs/promises";
import { SessionRecoveryError } from "./errors.js";

/**
 * @typedef {object} Instance
 * @property {(name: string, args: unknown[]) => Promise<any>} call - Calls one of its functions.
 */

const build = new URL("../build/component/", import.meta.url);

/** What the component consists of. */
const CORES = ["core", "core2", "core3"].map((core) => `session-recovery.${core}.wasm`);

const MIB = 1_048_576;
const PAGE = 65_536;

/** @type {Map<string, Promise<WebAssembly.Module>>} */
const modules = new Map();

/** @param {string} name */
function coreModule(name) {
  const module = modules.get(name) ?? readFile(new URL(name, build)).then(WebAssembly.compile);
  modules.set(name, module);
  return module;
}

/**
 * Loads the component, so that the first call need not.
 *
 * @param {number} maxMemory - In MiB.
 */
export async function load(maxMemory) {
  const [{ instantiate }] = await Promise.all([
    import(new URL("session-recovery.js", build).href),
    ...CORES.map(coreModule),
  ]);
  return {
    /**
     * A fresh instance, with these imports and nothing else.
     *
     * @param {Record<string, object>} imports
     * @returns {Promise<Instance>}
     */
    async on(imports) {
      const memory = new Memory(maxMemory);
      const { recovery } = await instantiate(
        coreModule,
        imports,
        async (/** @type {any} */ module, /** @type {any} */ given) =>
          memory.limited(await WebAssembly.instantiate(module, given)),
      );
      return {
        async call(name, args) {
          try {
            return recovery[name]?.(...args);
          } catch (error) {
            throw memory.isExhausted ? memory.exhaustion : error;
          }
        },
      };
    },
  };
}

/** An instance's memory, which asks before it grows: see `build.js`. */
class Memory {
  #mebibytes;
  /** @type {WebAssembly.Global | undefined} */
  #refused;

  /** @param {number} mebibytes - How much it may have. */
  constructor(mebibytes) {
    this.#mebibytes = mebibytes;
  }

  /**
   * @param {any} instance - One of the component's core instances, of which one has a memory.
   * @throws {SessionRecoveryError} It starts with more.
   */
  limited(instance) {
    const { memory, "most pages": most, "refused pages": refused } = instance.exports;
    if (!memory) return instance;
    most.value = Math.floor((this.#mebibytes * MIB) / PAGE);
    this.#refused = refused;
    if (memory.buffer.byteLength > most.value * PAGE) throw this.exhaustion;
    return instance;
  }

  get isExhausted() {
    return this.#refused !== undefined && this.#refused.value !== 0;
  }

  get exhaustion() {
    const what = `The call needs more than ${this.#mebibytes} MiB of memory.`;
    return new SessionRecoveryError("other", `${what} Remedy: allow more.`);
  }
}
