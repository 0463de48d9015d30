// The whole messages of damaged files: told of by every answer, brought back only with `salvage`.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SessionRecovery } from "../src/index.js";
import { contents, cutOff, directoryFor, run, session } from "./support.js";

/** @import { TestContext } from "node:test" */

/**
 * A directory with one session of each kind whose damaged file holds what nothing else does.
 *
 * @param {TestContext} t
 */
function damaged(t) {
  const directory = directoryFor(t);
  /** @type {Record<string, string>} */
  const files = {
    "alone.json": cutOff(50),
    "backup.json.bak": cutOff(50),
    "both.json": cutOff(50),
    "both.json.bak": session(9),
    "fine.json": session(3),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

/**
 * How many messages a live file holds.
 *
 * @param {string} directory
 * @param {string} id
 */
function held(directory, id) {
  return JSON.parse(readFileSync(join(directory, `${id}.json`), "utf8")).messages.length;
}

test("a damaged file is described, with what a salvage would bring back", async (t) => {
  const recovery = await SessionRecovery.open(damaged(t));
  const { live, backup, salvage } = await recovery.inspect("both");
  const damage = ["cut off after message 49 of 50"];
  assert.deepEqual(live.salvage, { messages: 49, recorded: 50, damage });
  assert.deepEqual([live.onlyHere, backup.onlyHere], [40, 0]);
  assert.deepEqual(salvage, {
    name: "both.json",
    messages: 49,
    gained: 40,
    forced: false,
    merged: false,
  });
});

test("with salvage a session is restored from the damaged file, which is kept", async (t) => {
  const directory = damaged(t);
  const recovery = await SessionRecovery.open(directory);
  const would = await recovery.recover("both", { salvage: true, dryRun: true });
  assert.deepEqual(
    [would.action, would.source, would.salvaged],
    ["would-restore", "both.json", 49],
  );
  const { action, source, salvaged, kept } = await recovery.recover("both", { salvage: true });
  assert.deepEqual([action, source, salvaged], ["restored", "both.json", 49]);
  assert.equal(held(directory, "both"), 49);
  assert.equal(readFileSync(join(directory, kept ?? ""), "utf8"), cutOff(50));
  await recovery.undo("both");
  assert.equal(readFileSync(join(directory, "both.json"), "utf8"), cutOff(50));
});

test("a sweep with salvage looks at all sessions, and one without says what is left", async (t) => {
  const directory = damaged(t);
  const recovery = await SessionRecovery.open(directory);
  const plain = await recovery.recoverAll();
  const actions = plain.sessions.map(({ status, action }) => [status.sessionId, action]);
  assert.deepEqual(actions, [
    ["backup", "nothing"],
    ["both", "restored"],
  ]);
  assert.deepEqual(
    plain.sessions.map(({ status }) => status.salvage?.gained),
    [49, 40],
  );
  /** @type {number[]} */
  const totals = [];
  const onProgress = (/** @type {{ total: number }} */ { total }) => totals.push(total);
  const { restored, sessions } = await recovery.recoverAll({ salvage: true, onProgress });
  assert.deepEqual([restored, new Set(totals)], [3, new Set([4])]);
  assert.deepEqual(
    sessions.map(({ source, salvaged }) => [source, salvaged]),
    [
      ["alone.json", 49],
      ["backup.json.bak", 49],
      ["both.json.replaced.1", 49],
    ],
  );
  for (const id of ["alone", "backup", "both"]) assert.equal(held(directory, id), 49);
});

test("some sessions, and the known ones, are salvaged like all", async (t) => {
  const directory = damaged(t);
  const recovery = await SessionRecovery.open(directory);
  const some = await recovery.recoverSome(["alone"], { salvage: true });
  const known = await recovery.recoverKnown(["both"], { salvage: true });
  assert.deepEqual([some.restored, known.restored], [1, 1]);
  assert.equal(
    known.sessions.find(({ status }) => status.sessionId === "backup")?.action,
    "nothing",
  );
});

test("a salvage that discards the damaged file is refused by every call", async (t) => {
  const directory = damaged(t);
  const before = contents(directory);
  const recovery = await SessionRecovery.open(directory);
  const both = { salvage: true, discard: true };
  const refused = {
    name: "SessionRecoveryError",
    code: "conflicting-options",
    remedy: /Leave one/,
  };
  await assert.rejects(recovery.recover("both", both), refused);
  await assert.rejects(recovery.recoverAll(both), refused);
  await assert.rejects(recovery.recoverKnown(["both"], both), refused);
  await assert.rejects(recovery.recoverSome(["both"], both), refused);
  assert.deepEqual(contents(directory), before);
});

test("salvage is true or false, and no option of what restores nothing from damaged files", async (t) => {
  const recovery = await SessionRecovery.open(damaged(t));
  const wrong = { name: "TypeError", message: "salvage is not true or false" };
  await assert.rejects(recovery.recover("both", /** @type {any} */ ({ salvage: "yes" })), wrong);
  await assert.rejects(recovery.plan(/** @type {any} */ ({ salvage: 1 })), wrong);
  const none = { name: "TypeError", message: /^There is no option salvage/ };
  await assert.rejects(recovery.undo("both", /** @type {any} */ ({ salvage: true })), none);
  await assert.rejects(recovery.audit(/** @type {any} */ ({ salvage: true })), none);
});

test("a plan with salvage takes the place of the plain restore, and is carried out", async (t) => {
  const directory = damaged(t);
  const recovery = await SessionRecovery.open(directory);
  const { findings } = await recovery.audit();
  const salvageable = findings.filter(({ kind }) => kind === "salvageable");
  assert.deepEqual(
    salvageable.map(({ sessionId, category, messages }) => [sessionId, category, messages]),
    ["alone", "backup", "both"].map((id) => [id, "repairable", 49]),
  );
  const plain = await recovery.plan();
  assert.deepEqual(
    plain.changes.map(({ kind, source }) => [kind, source]),
    [["restore", "both.json.bak"]],
  );
  assert.match(plain.withheld.join(), /3 sessions .*only --salvage/);
  const { changes, withheld } = await recovery.plan({ salvage: true });
  assert.deepEqual(
    changes.map(({ kind, source, target }) => [kind, source, target]),
    [
      ["salvage", "alone.json", "alone.json"],
      ["salvage", "backup.json.bak", "backup.json"],
      ["salvage", "both.json", "both.json"],
    ],
  );
  assert.deepEqual(withheld, []);
  const results = await recovery.repair(JSON.parse(JSON.stringify(changes)));
  assert.deepEqual(
    results.map(({ done, kept }) => [done, kept]),
    [
      [true, "alone.json.replaced.1"],
      [true, undefined],
      [true, "both.json.replaced.1"],
    ],
  );
  for (const id of ["alone", "backup", "both"]) assert.equal(held(directory, id), 49);
});

test("the program salvages one session, all, and by a repair", async (t) => {
  for (const words of ["recover both --salvage", "recover-all --salvage", "repair --salvage"]) {
    const directory = damaged(t);
    const { code, stderr } = await run("--sessions", directory, ...words.split(" "));
    assert.equal(code, 0, stderr);
    assert.equal(held(directory, "both"), 49, words);
    assert.ok(readdirSync(directory).includes("both.json.replaced.1"), words);
  }
});

test("the program's plan holds what is salvaged only if it is asked to", async (t) => {
  const directory = damaged(t);
  const planned = async (/** @type {string[]} */ ...words) => {
    const { stdout } = await run("--sessions", directory, "--json", ...words);
    const changes = /** @type {{ kind: string }[]} */ (JSON.parse(stdout).changes);
    return changes.map(({ kind }) => kind);
  };
  assert.deepEqual(await planned("plan"), ["restore"]);
  assert.deepEqual(await planned("plan", "--salvage"), ["salvage", "salvage", "salvage"]);
  assert.deepEqual(await planned("repair", "--dry-run", "--salvage"), Array(3).fill("salvage"));
  assert.equal(held(directory, "fine"), 3);
});
