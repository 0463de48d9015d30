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
keepByteOrderMarks(files);
await limitMemory(files);
await rm(build, { recursive: true, force: true });
for (const [name, contents] of Object.entries(files)) {
  const file = new URL(name, build);
  await mkdir(new URL(".", file), { recursive: true });
  await writeFile(file, contents);
}
await copyFile(new URL("../../LICENSE", import.meta.url), new URL("LICENSE", build));

/**
 * jco's decoder drops U+FEFF at the start of a text, and so would name another file.
 *
 * @param {Record<string, Uint8Array>} files
 */
function keepByteOrderMarks(files) {
  const name = "session-recovery.js";
  const parts = new TextDecoder().decode(files[name]).split("new TextDecoder()");
  if (parts.length !== 2) throw new Error(`${name} has another decoder than is known`);
  const faithful = parts.join('new TextDecoder("utf-8", { ignoreBOM: true })');
  files[name] = new TextEncoder().encode(faithful);
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
