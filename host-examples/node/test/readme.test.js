// The READMEs' snippets do what they say, as printed.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { directoryFor, session, wiped } from "./support.js";

const node = fileURLToPath(new URL("..", import.meta.url));

for (const readme of ["README.md", "../../README.md"]) {
  test(`the snippet of ${readme} restores a session`, (t) => {
    const [, snippet] = readFileSync(join(node, readme), "utf8").match(/```js\n(.*?)```/s) ?? [];
    assert.ok(snippet);
    const directory = directoryFor(t);
    mkdirSync(join(directory, "node_modules"));
    symlinkSync(node, join(directory, "node_modules/session-recovery"));
    mkdirSync(join(directory, "sessions"));
    const live = wiped(join(directory, "sessions"), "3f2a90c41b7e");
    writeFileSync(join(directory, "snippet.mjs"), snippet);
    const said = execFileSync(process.execPath, ["snippet.mjs"], {
      cwd: directory,
      encoding: "utf8",
    });
    assert.match(said, /^restore The backup holds 9 messages, the live file 0\.\n/);
    assert.match(said, /3f2a90c41b7e restored\n$/);
    assert.equal(readFileSync(live, "utf8"), session(9));
  });
}

test("the snippet of docs/embedding.md puts the best source in place", (t) => {
  const document = readFileSync(join(node, "../../docs/embedding.md"), "utf8");
  const [, snippet] = document.match(/```js\n(.*?)```/s) ?? [];
  assert.ok(snippet);
  const directory = directoryFor(t);
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(node, join(directory, "node_modules/session-recovery"));
  mkdirSync(join(directory, "sessions"));
  const live = wiped(join(directory, "sessions"), "3f2a90c41b7e");
  writeFileSync(join(directory, "snippet.mjs"), snippet);
  const words = ["snippet.mjs"];
  const said = execFileSync(process.execPath, words, { cwd: directory, encoding: "utf8" });
  assert.match(said, /\n3f2a90c41b7e\.json\.bak backup 9 0\n1 /);
  assert.match(said, /\n3f2a90c41b7e\.json\.bak restored\n$/);
  assert.equal(readFileSync(live, "utf8"), session(9));
});
