// Turns the component into JavaScript, so that the package needs no jco where it runs.

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { transpile } from "@bytecodealliance/jco";

const component = new URL("../../dist/session-recovery.wasm", import.meta.url);
const build = new URL("build/component/", import.meta.url);

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
