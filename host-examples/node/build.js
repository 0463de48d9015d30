// Turns the components into JavaScript, so that the package needs no jco where it runs.

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { transpile } from "@bytecodealliance/jco";

const dist = new URL("../../dist/", import.meta.url);
const build = new URL("build/component/", import.meta.url);

/** jco's decoder drops U+FEFF at the start of a text, and so would name another file. */
const PRELUDE = 'import { TextDecoder } from "../../src/text-decoder.js";\n';

await rm(build, { recursive: true, force: true });
for (const name of ["session-recovery", "session-recovery-report"]) {
  const { files } = await transpile(await component(`${name}.wasm`), {
    name,
    instantiation: "sync",
  });
  const glue = `${name}.js`;
  files[glue] = Buffer.concat([Buffer.from(PRELUDE), files[glue]]);
  for (const [file, contents] of Object.entries(files)) await write(file, contents);
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
