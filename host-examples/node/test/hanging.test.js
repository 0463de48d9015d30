// A call that does not return does not hold up its caller, nor the end of the process.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { directoryFor, session, wiped } from "./support.js";

const program = fileURLToPath(new URL("hanging.js", import.meta.url));
const LEFT = "The call did not return in 1 seconds, and may still be at work.";
const REMEDY = "Check that the disk answers, and end this process before you try again.";

/**
 * What a process says, on lines of JSON, in which something hangs. It ends by a signal: Node itself
 * would wait for the thread.
 *
 * @param {string[]} words
 */
function said(...words) {
  const { stdout, stderr, signal } = spawnSync(process.execPath, [program, ...words], {
    encoding: "utf8",
    timeout: 120_000,
    killSignal: "SIGTERM",
  });
  assert.equal(signal, "SIGKILL", stderr);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

for (const when of ["start", "inspect"]) {
  test(`a thread that hangs at ${when} is left, and nothing is begun after it`, (t) => {
    const directory = directoryFor(t);
    const live = wiped(directory, "a");
    const [first, second] = said(directory, when);
    assert.deepEqual([first.name, first.message], ["NotReturnedError", LEFT]);
    assert.deepEqual(second, {
      name: "NotReturnedError",
      message: "Nothing was begun, as an earlier call of this process has not returned.",
      remedy: REMEDY,
      ids: [],
    });
    assert.equal(readFileSync(live, "utf8"), session(0));
  });
}

test("a sweep ends where it hangs, and says what it did before", (t) => {
  const directory = directoryFor(t);
  const [done, left] = [wiped(directory, "a"), wiped(directory, "b")];
  const [told] = said(directory, "second part");
  assert.deepEqual(told, {
    name: "NotReturnedError",
    message: `${LEFT} Restored before: a.`,
    remedy: REMEDY,
    ids: ["a"],
  });
  assert.equal(readFileSync(done, "utf8"), session(9));
  assert.equal(readFileSync(left, "utf8"), session(0));
});

test("the program prints its error and ends where a sweep hangs", (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  wiped(directory, "b");
  const words = ["--json", "--max-time", "1", "recover-all"];
  const [{ error }] = said(directory, "second part", ...words);
  assert.equal(error, `${LEFT} Restored before: a. ${REMEDY}`);
});
