// The component that reads arguments and prints answers takes what the library gives.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SessionRecovery, SessionRecoveryError } from "../src/index.js";
import { loadReport, UsageError } from "../src/report.js";
import { directoryFor, orphan, session, wiped } from "./support.js";

const { json, text, printable, parse } = await loadReport();

/** @param {import("../src/report.js").Report} report */
function objectOf({ output }) {
  return JSON.parse(output);
}

test("every answer of the library has JSON and words", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  orphan(directory, "b");
  writeFileSync(join(directory, "c.json"), "{");
  const recovery = await SessionRecovery.open(directory);
  const { changes, withheld } = await recovery.plan();
  /** @type {[any, any][]} */
  const answers = [
    ["inspect", await recovery.inspect("a")],
    ["recover", await recovery.recover("a", { dryRun: true })],
    ["recover-all", await recovery.recoverAll({ dryRun: true })],
    ["sessions", await recovery.sessions()],
    ["audit", await recovery.audit()],
    ["plan", { changes, withheld }],
    ["repair", { results: await recovery.repair(changes), withheld }],
    ["undo", await recovery.undo("a")],
    ["prune", await recovery.prune({ dryRun: true })],
    ["purge", await recovery.purge(["a"])],
  ];
  for (const [kind, answer] of answers) {
    assert.equal(typeof objectOf(json({ kind }, answer)), "object", kind);
    const { output, exitCode } = text({ kind }, answer, { width: 80 });
    assert.ok(output.length > 0, kind);
    assert.equal(exitCode, 0, kind);
  }
});

test("keys have the component's names, and values are as they were", async (t) => {
  const directory = directoryFor(t);
  const id = "\ufeffliveOnly";
  wiped(directory, id);
  const recovery = await SessionRecovery.open(directory);
  const { changes } = await recovery.plan();
  const [change] = objectOf(json({ kind: "plan" }, { changes, withheld: [] })).changes;
  assert.deepEqual([change.session_id, change.bytes], [id, session(9).length]);
  const outcome = await recovery.recover(id, { dryRun: true });
  const told = objectOf(json({ kind: "recover", dryRun: true }, outcome));
  assert.deepEqual([told.session_id, told.live_only, told.backup_only], [id, 0, 9]);
  const check = json({ kind: "recover", dryRun: true, check: true }, outcome);
  assert.equal(check.exitCode, 3);
});

test("an error has its remedy, whether it is a plain object or not", () => {
  const error = new SessionRecoveryError("no-space", "The disk is full.", "Free some space.");
  for (const given of [error, { ...error.toJSON() }]) {
    const { output, diagnostics, exitCode } = json({ kind: "error" }, given);
    assert.deepEqual(JSON.parse(output), {
      error: "The disk is full. Free some space.",
      code: "no_space",
      remedy: "Free some space.",
    });
    assert.deepEqual(diagnostics, ["error: The disk is full. Free some space."]);
    assert.equal(exitCode, 1);
  }
});

test("half of a surrogate pair is no reason to fail", () => {
  const error = new SessionRecoveryError("other", "\ud800");
  assert.deepEqual(json({ kind: "error" }, error).diagnostics, ["error: \ufffd"]);
  assert.equal(printable("\ud800\u001b"), "\ufffd\\u{1b}");
});

test("arguments are read as they are given", () => {
  const parsed = parse(["--sessions", "x", "recover", "\ufeffa", "--merge"]);
  assert.ok(parsed.tag === "run");
  const { tasks, options, sessions, missingOk, maxMemory } = parsed.val;
  assert.deepEqual(tasks, [{ tag: "recover", val: { session: "\ufeffa", source: undefined } }]);
  assert.deepEqual([options.merge, options.force, sessions], [true, false, "x"]);
  assert.deepEqual([missingOk, maxMemory], [false, 256]);
  assert.equal(parse(["--version"]).tag, "print");
  assert.throws(() => parse(["frobnicate"]), UsageError);
});

test("an answer of another kind is an error that says so", () => {
  assert.throws(() => json({ kind: "inspect" }, /** @type {any} */ ([])), /invalid|missing/);
});
