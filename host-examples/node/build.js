// Turns the components into JavaScript, so that the package needs no jco where it runs.

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { transpile } from "@bytecodealliance/jco";

const dist = new URL("../../dist/", import.meta.url);
const build = new URL("build/component/", import.meta.url);

/** Puts our own things in the place of two globals that jco's code uses. */
const PRELUDE = 'import { TextDecoder, WebAssembly } from "../../src/glue-globals.js";\n';

await rm(build, { recursive: true, force: true });
for (const name of ["session-recovery", "session-recovery-report"]) {
  const { files } = await transpile(await component(`${name}.wasm`), {
    name,
    instantiation: "sync",
  });
  for (const [file, contents] of Object.entries(files)) {
    const isGlue = file === `${name}.js`;
    await write(file, isGlue ? Buffer.concat([Buffer.from(PRELUDE), contents]) : contents);
  }
}
await copyFile(new URL("../../LICENSE", import.meta.url), new URL("LICENSE", build));

/** @param {string} name */
async function component(name) {
  try {
    return await readFile(new URL(name, dist));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOENT") throw error;
    console.error(`error: There is no dist/${name}. Run \`cargo xtask build\` first.`);
    process.exit(1);
  }
}

/**
 * @param {string} name
 * @param {Uint8Array} contents
 */
async function write(name, contents) {
  const file = new URL(name, build);
  await mkdir(new URL(".", file), { recursive: true });
  await writeFile(file, contents);
}
