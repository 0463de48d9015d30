// Turns the component into JavaScript, so that the package needs no jco where it runs.

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { parse, print, transpile } from "@bytecodealliance/jco";

const component = new URL("../../dist/session-recovery.wasm", import.meta.url);
const build = new URL("build/component/", import.meta.url);

const GROWING = `
  (global $most (export "most pages") (mut i32) (i32.const 65536))
  (global $refused (export "refused pages") (mut i32) (i32.const 0))
  (func $grow (param $pages i32) (result i32) (local $before i32)
    (local.set $before (i32.const -1))
    (if (i32.le_u (i32.add (memory.size) (local.get $pages)) (global.get $most))
      (then (local.set $before (memory.grow (local.get $pages)))))
    (if (i32.eq (local.get $before) (i32.const -1))
      (then (global.set $refused (local.get $pages))))
    (local.get $before))
`;

const bytes = await readFile(component).catch((error) => {
  if (error.code !== "ENOENT") throw error;
  console.error(
    "error: there is no dist/session-recovery.wasm. Remedy: run `cargo xtask build` first.",
  );
  process.exit(1);
});
const { files } = await transpile(bytes, {
  name: "session-recovery",
  instantiation: "async",
});
alterGlue(files);
await limitMemory(files);
await rm(build, { recursive: true, force: true });
for (const [name, contents] of Object.entries(files)) {
  const file = new URL(name, build);
  await mkdir(new URL(".", file), { recursive: true });
  await writeFile(file, contents);
}
await copyFile(new URL("../../LICENSE", import.meta.url), new URL("LICENSE", build));

/**
 * jco's decoder drops U+FEFF at the start of a text, and so would name another file. And its code
 * asks too much: before each step, whether to report on it; and for each instance, for a function
 * that Node 20 lacks and nothing needs, where V8 reads all of the code again to word the error.
 *
 * @param {Record<string, Uint8Array>} files
 */
function alterGlue(files) {
  const name = "session-recovery.js";
  let text = new TextDecoder().decode(files[name]);
  text = replaced(text, "new TextDecoder()", 'new TextDecoder("utf-8", { ignoreBOM: true })');
  text = replaced(text, "!globalThis?.process?.env?.JCO_DEBUG", "true");
  text = replaced(text, "= WebAssembly.promising(exports1", "= (exports1");
  files[name] = new TextEncoder().encode(text);
}

/**
 * @param {string} text
 * @param {string} old
 * @param {string} better
 */
function replaced(text, old, better) {
  if (!text.includes(old)) throw new Error(`jco writes ${old} in another way than is known`);
  return text.replaceAll(old, better);
}

/**
 * Has the module ask before its memory grows: JavaScript is not asked when a module does that by
 * itself. The host says how many pages it may have, and finds out whether more were refused.
 *
 * @param {Record<string, Uint8Array>} files
 */
async function limitMemory(files) {
  const name = "session-recovery.core.wasm";
  const module = files[name];
  const text = module ? await print(module) : "";
  const growing = text.replaceAll("memory.grow", "call $grow");
  if (growing === text) throw new Error(`${name} grows its memory in another way than is known`);
  files[name] = await parse(growing.replace(/\)\s*$/, `${GROWING})`));
}
