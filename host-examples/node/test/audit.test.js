// What an audit finds, and what a plan and its repair make of it.

import assert from "node:assert/strict";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SessionRecovery } from "../src/index.js";
import { contents, deleted, directoryFor, orphan, run, session, wiped } from "./support.js";

const LEFTOVER = `.session-recovery-${"0".repeat(32)}.staging`;

/**
 * A directory with something to repair of each kind, and something to look at.
 *
 * @param {import("node:test").TestContext} t
 */
function damaged(t) {
  const directory = directoryFor(t);
  wiped(directory, "a");
  orphan(directory, "gone");
  orphan(directory, "removed");
  deleted(directory, "removed");
  writeFileSync(join(directory, "_index.json"), JSON.stringify([{ session_id: "a" }]));
  writeFileSync(join(directory, LEFTOVER), "half");
  return directory;
}

test("an audit and a plan tell what is wrong, and change nothing", async (t) => {
  const directory = damaged(t);
  const before = contents(directory);
  const recovery = await SessionRecovery.open(directory);
  const report = await recovery.audit();
  assert.equal(report.scanned, 1);
  assert.deepEqual(
    report.findings.map(({ kind, category, sessionId }) => [kind, category, sessionId]),
    [
      ["shrunken-live", "repairable", "a"],
      ["orphan-backup", "repairable", "gone"],
      ["deleted-orphan", "manual-review", "removed"],
      ["leftover", "repairable", undefined],
    ],
  );
  const [shrunken] = report.findings;
  assert.deepEqual([shrunken?.liveMessages, shrunken?.backupMessages], [0, 9]);
  const { changes } = await recovery.plan();
  assert.deepEqual(
    changes.map(({ kind, source, target, bytes }) => [kind, source, target, bytes]),
    [
      ["remove-leftover", LEFTOVER, undefined, 4],
      ["restore", "a.json.bak", "a.json", session(9).length],
      ["restore", "gone.json.bak", "gone.json", session(9).length],
      ["set-index-aside", "_index.json", "_index.json.replaced.1", 20],
    ],
  );
  assert.deepEqual(JSON.parse(JSON.stringify([report, changes])), [report, changes]);
  assert.deepEqual(contents(directory), before);
});

test("a repair makes the changes of its plan, even of one that was kept as JSON", async (t) => {
  const directory = damaged(t);
  const recovery = await SessionRecovery.open(directory);
  const { changes } = JSON.parse(JSON.stringify(await recovery.plan()));
  const results = await recovery.repair(changes);
  assert.deepEqual(
    results.map(({ change, done, errors, kept }) => [change, done, errors, kept]),
    [undefined, "a.json.replaced.1", undefined, "_index.json.replaced.1"].map((kept, number) => [
      changes[number],
      true,
      [],
      kept,
    ]),
  );
  for (const id of ["a", "gone"]) {
    assert.equal(readFileSync(join(directory, `${id}.json`), "utf8"), session(9));
  }
  assert.ok(!existsSync(join(directory, LEFTOVER)));
  assert.deepEqual(await recovery.plan(), { changes: [], withheld: [] });
  assert.deepEqual(await recovery.repair([]), []);
});

test("a change whose files are not what they were is refused, and the others are made", async (t) => {
  const directory = directoryFor(t);
  const [changed, same] = [wiped(directory, "changed"), wiped(directory, "same")];
  const recovery = await SessionRecovery.open(directory);
  const { changes } = await recovery.plan();
  writeFileSync(changed, session(1));
  const results = await recovery.repair(changes);
  assert.deepEqual(
    results.map(({ done, errors }) => [done, errors.map(({ code }) => code)]),
    [
      [false, ["changed"]],
      [true, []],
    ],
  );
  assert.deepEqual(
    [readFileSync(changed, "utf8"), readFileSync(same, "utf8")],
    [session(1), session(9)],
  );
});

test("a change that no plan could hold is refused", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  const before = contents(directory);
  const recovery = await SessionRecovery.open(directory);
  const [change] = (await recovery.plan()).changes;
  assert.ok(change);
  for (const wrong of /** @type {const} */ ([
    { kind: "remove-leftover", source: "a.json.bak" },
    { kind: "set-index-aside", source: "a.json" },
    { kind: "restore", sessionId: "../a" },
  ])) {
    const [result] = await recovery.repair([{ ...change, ...wrong }]);
    assert.equal(result?.done, false, wrong.kind);
  }
  const halved = recovery.repair([{ ...change, sessionId: "\ud800" }]);
  await assert.rejects(halved, { code: "invalid-session-id" });
  assert.deepEqual(contents(directory), before);
});

test("who knows the sessions is told of what none of them left", async (t) => {
  const directory = directoryFor(t);
  orphan(directory, "a");
  const recovery = await SessionRecovery.open(directory);
  const kinds = async (/** @type {string[]} */ known) =>
    (await recovery.audit({ known })).findings.map(({ kind }) => kind);
  assert.deepEqual(await kinds([]), ["unknown-orphan"]);
  assert.deepEqual(await kinds(["a"]), ["orphan-backup"]);
  assert.deepEqual((await recovery.plan({ known: [] })).changes, []);
  assert.equal((await recovery.plan({ known: ["a"] })).changes.length, 1);
});

test("a journal that is a link is not followed, and called one", async (t) => {
  const directory = directoryFor(t);
  symlinkSync(".", join(directory, "_turn_journal"));
  const { findings } = await (await SessionRecovery.open(directory)).audit();
  assert.deepEqual(
    findings.map(({ kind }) => kind),
    ["unreadable-record"],
  );
  assert.match(String(findings[0]?.seen), /it is a symbolic link/);
});

test("a directory that need not be there has nothing to repair", async (t) => {
  const recovery = await SessionRecovery.open(join(directoryFor(t), "missing"), {
    missingOk: true,
  });
  assert.deepEqual(await recovery.audit(), { scanned: 0, findings: [] });
  assert.deepEqual(await recovery.plan(), { changes: [], withheld: [] });
});

test("the program audits, plans and repairs", async (t) => {
  const directory = damaged(t);
  const before = contents(directory);
  const words = ["--sessions", directory];
  const audit = await run(...words, "audit");
  assert.match(audit.stdout, /^Checked 1 session: 3 to repair, 1 to look at\.\n/);
  const plan = await run(...words, "plan");
  assert.match(plan.stdout, /^rename +_index\.json +_index\.json\.replaced\.1 {2}20$/m);
  assert.equal((await run(...words, "repair", "--dry-run")).stdout, plan.stdout);
  assert.deepEqual(contents(directory), before);
  const repaired = await run(...words, "repair");
  assert.match(repaired.stdout, /^restore +a\.json\.bak +a\.json +done$/m);
  const again = await run(...words, "repair");
  assert.match(again.stdout, /^Nothing needs to be repaired/);
  for (const { code, stderr } of [audit, plan, repaired, again]) {
    assert.deepEqual([code, stderr], [0, ""]);
  }
});

test("a change that was not made is an error, with exit code 1", async (t) => {
  const directory = directoryFor(t);
  // There is no room in a name of 255 bytes for what a restore would keep.
  wiped(directory, "x".repeat(241));
  const { code, stdout, stderr } = await run("--sessions", directory, "repair");
  assert.equal(code, 1);
  assert.match(stdout, / failed\n/);
  assert.match(stderr, /^error: [^\n]+\n$/);
});
