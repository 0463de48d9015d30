// The transpiled components: compiled once, a fresh instance for each use.

import { readFileSync } from "node:fs";
import { withMemoryLimit } from "./memory.js";

const build = new URL("../build/component/", import.meta.url);

/** What 32 bits address, in MiB. */
const ALL = 4096;

/**
 * Loads a component.
 *
 * @param {string} name
 * @param {number} maxMemory - What an instance of it may use, in MiB.
 * @returns {Promise<(imports: Record<string, object>) => any>} Makes an instance with these imports
 *   and nothing else, and gives its interfaces.
 */
export async function loadComponent(name, maxMemory = ALL) {
  const { instantiate } = await import(new URL(`${name}.js`, build).href);
  /** @type {Map<string, WebAssembly.Module>} */
  const modules = new Map();
  const coreModule = (/** @type {string} */ core) => {
    const module = modules.get(core) ?? compiled(core, maxMemory);
    modules.set(core, module);
    return module;
  };
  return (imports) => instantiate(coreModule, imports);
}

/**
 * @param {string} core
 * @param {number} maxMemory
 */
function compiled(core, maxMemory) {
  const bytes = withMemoryLimit(readFileSync(new URL(core, build)), maxMemory);
  return new WebAssembly.Module(bytes);
}
