// The transpiled component: compiled once, a fresh instance for each call.

import { readFile } from "node:fs/promises";
import { importsFor } from "./sandbox.js";

/** @import { Grant } from "./sandbox.js" */

const build = new URL("../build/component/", import.meta.url);

/** @type {Map<string, Promise<WebAssembly.Module>>} */
const modules = new Map();

/** @param {string} name */
function coreModule(name) {
  const module = modules.get(name) ?? readFile(new URL(name, build)).then(WebAssembly.compile);
  modules.set(name, module);
  return module;
}

/** Loads the component, so that the first call need not. */
export async function load() {
  const { instantiate } = await import(new URL("session-recovery.js", build).href);
  return {
    /**
     * The component's functions, on this directory and nothing else.
     *
     * @param {string} directory
     * @param {Grant} grant
     * @returns {Promise<Record<string, (...args: unknown[]) => unknown>>}
     */
    async on(directory, grant) {
      return (await instantiate(coreModule, importsFor(directory, grant))).recovery;
    },
  };
}
