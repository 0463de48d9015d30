// The transpiled components: compiled once, a fresh instance for each use.

import { readFileSync } from "node:fs";
import { withMemoryLimit } from "./memory.js";

const build = new URL("../build/component/", import.meta.url);

/**
 * @typedef {object} Instance
 * @property {any} exports - Its interfaces.
 * @property {WebAssembly.Memory} memory
 */

/**
 * Loads a component.
 *
 * @param {string} name
 * @param {number} [maxMemory] - What an instance of it may use, in MiB; 4096 unless given.
 * @returns {Promise<(imports: Record<string, object>) => Instance>} Makes an instance with these
 *   imports and nothing else.
 */
export async function loadComponent(name, maxMemory) {
  const { instantiate } = await import(new URL(`${name}.js`, build).href);
  /** @type {Map<string, WebAssembly.Module>} */
  const modules = new Map();
  const coreModule = (/** @type {string} */ core) => {
    const module = modules.get(core) ?? compiled(core, maxMemory);
    modules.set(core, module);
    return module;
  };
  return (imports) => {
    let memory = /** @type {any} */ (undefined);
    const exports = instantiate(coreModule, imports, (/** @type {any} */ module, /** @type {any} */ given) => {
      const instance = new WebAssembly.Instance(module, given);
      memory ??= instance.exports.memory;
      return instance;
    });
    return { exports, memory };
  };
}

/**
 * @param {string} core
 * @param {number | undefined} maxMemory
 */
function compiled(core, maxMemory) {
  const bytes = readFileSync(new URL(core, build));
  return new WebAssembly.Module(maxMemory === undefined ? bytes : withMemoryLimit(bytes, maxMemory));
}
