// Few free descriptors, processes and threads: an answer that says so, and a process that goes on.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { directoryFor, leftovers, session, wiped } from "./support.js";

const program = fileURLToPath(new URL("exhausted.js", import.meta.url));

const FEW_FILES =
  /: Too many open files \(os error 24\)\. Raise the limit of open files \(`ulimit -n`\)\.$/;
const FEW_THREADS =
  /cannot be started: Resource temporarily unavailable \(os error 11\)\. Raise the limit of processes and threads/;

/**
 * @param {string} directory
 * @param {string[]} words
 * @returns {any[]}
 */
function answers(directory, ...words) {
  const [command = "", ...rest] = [...unprivileged(words), process.execPath, program, directory];
  return JSON.parse(execFileSync(command, [...rest, ...words], { encoding: "utf8" }));
}

/**
 * The limit of processes is none for root.
 *
 * @param {string[]} words
 */
function unprivileged([limit]) {
  const isRoot = process.getuid?.() === 0;
  return limit === "processes" && isRoot ? ["setpriv", "--reuid=12345", "--clear-groups"] : [];
}

for (const before of ["opened", "not opened"]) {
  test(`few free descriptors are told as such, with the directory ${before} before`, (t) => {
    for (let free = 0; free <= 8; free++) {
      const directory = directoryFor(t);
      const live = wiped(directory, "a");
      const told = answers(directory, "files", before, String(free));
      const later = told.pop();
      for (const { answer, name, message } of told) {
        if (answer) assert.equal(answer.restored ?? 0, 0);
        else assert.equal(name, "SessionRecoveryError", message);
      }
      if (free === 0) {
        for (const { code, message } of told) {
          assert.equal(code, "exhausted");
          assert.match(message, FEW_FILES);
        }
      }
      assert.equal(later.answer?.action, "restored", `${free}: ${later.message}`);
      assert.equal(readFileSync(live, "utf8"), session(9));
      assert.deepEqual(leftovers(directory), []);
    }
  });
}

test("a thread that cannot be started is told as such", (t) => {
  const told = answers(given(directoryFor(t)), "processes", "not opened");
  for (const { code, message } of told) {
    assert.equal(code, "exhausted");
    assert.match(message, FEW_THREADS);
  }
});

test("where no program can be started, nothing is replaced", (t) => {
  const directory = given(directoryFor(t));
  const [, { answer }] = answers(directory, "processes", "opened");
  assert.equal(answer.action, "failed");
  assert.equal(readFileSync(join(directory, "a.json"), "utf8"), session(0));
});

/**
 * A session that lost its messages, of the user as whom the program runs.
 *
 * @param {string} directory
 */
function given(directory) {
  const live = wiped(directory, "a");
  if (process.getuid?.() === 0) {
    for (const path of [directory, live, `${live}.bak`]) chownSync(path, 12_345, 12_345);
  }
  chmodSync(directory, 0o755);
  return directory;
}
