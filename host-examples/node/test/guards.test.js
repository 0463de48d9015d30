// What was removed on purpose stays removed, and what is gone otherwise comes back.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SessionRecovery, SweepStopped } from "../src/index.js";
import { contents, deleted, directoryFor, orphan, run, session, wiped } from "./support.js";

/** What a live file says that is short on purpose, by guard. */
const MARKS = {
  cleared: {
    clear_generation: "2",
    truncation_watermark: 0,
    truncation_boundary: 0,
    context_messages: [],
    pending_attachments: [],
    active_stream_id: null,
    pending_user_message: null,
    pending_started_at: null,
    pending_user_source: null,
  },
  compressed: { compression_anchor_mode: "manual", context_messages: [] },
  undone: { intentional_shrink_generation: "0f8fad5bd9cb469fa16570867728950e" },
};

/**
 * A session that is shorter than its backup on purpose; its id is the guard's name.
 *
 * @param {string} directory
 * @param {keyof typeof MARKS} guard
 */
function guarded(directory, guard) {
  const live = join(directory, `${guard}.json`);
  writeFileSync(live, JSON.stringify({ messages: [], ...MARKS[guard] }));
  const backup = { messages: [1, 2], context_messages: [1] };
  writeFileSync(`${live}.bak`, JSON.stringify(backup));
  return live;
}

for (const guard of /** @type {const} */ (["cleared", "compressed", "undone"])) {
  test(`what was ${guard} is left alone, unless guards are ignored`, async (t) => {
    const directory = directoryFor(t);
    const live = guarded(directory, guard);
    const before = contents(directory);
    const recovery = await SessionRecovery.open(directory);
    const status = await recovery.inspect(guard);
    assert.deepEqual([status.guard, status.recommendation], [guard, "no-action"]);
    assert.equal((await recovery.recover(guard)).action, "nothing");
    const { restored, sessions } = await recovery.recoverAll();
    assert.deepEqual([restored, sessions[0]?.status.guard], [0, guard]);
    assert.deepEqual(contents(directory), before);
    assert.equal((await recovery.recover(guard, { ignoreGuards: true })).action, "restored");
    assert.deepEqual(JSON.parse(readFileSync(live, "utf8")).messages, [1, 2]);
    assert.equal((await recovery.inspect(guard)).guard, undefined);
  });
}

test("a sweep restores what is gone, but not what was deleted, unless guards are ignored", async (t) => {
  const directory = directoryFor(t);
  const [gone, removed] = [orphan(directory, "gone"), orphan(directory, "removed")];
  deleted(directory, "removed");
  const recovery = await SessionRecovery.open(directory);
  const summary = await recovery.recoverAll();
  assert.deepEqual([summary.scanned, summary.restored, summary.oddities], [0, 1, []]);
  assert.deepEqual(
    summary.sessions.map(({ status, action }) => [status.sessionId, status.guard, action]),
    [
      ["gone", undefined, "restored"],
      ["removed", "deleted", "nothing"],
    ],
  );
  assert.equal(readFileSync(gone, "utf8"), session(9));
  assert.ok(!existsSync(removed));
  assert.equal((await recovery.recoverAll({ ignoreGuards: true })).restored, 1);
  assert.equal(readFileSync(removed, "utf8"), session(9));
});

test("what is restored in place of nothing is for the eyes that its backup is for", async (t) => {
  const directory = directoryFor(t);
  const recovery = await SessionRecovery.open(directory);
  for (const mode of [0o600, 0o640, 0o644]) {
    const live = orphan(directory, `s${mode}`);
    chmodSync(`${live}.bak`, mode);
    assert.equal((await recovery.recover(`s${mode}`)).action, "restored");
    const { mode: given, nlink } = statSync(live);
    assert.deepEqual([given & 0o777, nlink], [mode, 1]);
  }
});

test("a sweep comes to all that is gone or odd, whether or not somebody watches", async (t) => {
  const directory = directoryFor(t);
  for (let number = 0; number < 20; number++) {
    wiped(directory, `live${number}`);
    orphan(directory, `gone${number}`);
  }
  deleted(directory, "gone7");
  guarded(directory, "undone");
  writeFileSync(join(directory, "broken.json.bak"), "{");
  for (const name of ["odd.json", "odder.json.bak"]) mkdirSync(join(directory, name));
  const recovery = await SessionRecovery.open(directory);
  for (const ignoreGuards of [false, true]) {
    const how = { dryRun: true, ignoreGuards };
    const summary = await recovery.recoverAll(how);
    const missing = summary.sessions.filter(({ status }) => status.live.state === "missing");
    assert.deepEqual([missing.length, summary.oddities.length], [21, 2]);
    const onProgress = (/** @type {{ total: number }} */ { total }) => assert.equal(total, 42);
    assert.deepEqual(await recovery.recoverAll({ ...how, onProgress }), summary);
  }
});

test("a sweep that is stopped lists the orphans that it came to, and no others", async (t) => {
  const directory = directoryFor(t);
  for (let number = 0; number < 60; number++) orphan(directory, `s${number}`);
  const recovery = await SessionRecovery.open(directory);
  const stop = new AbortController();
  const sweep = recovery.recoverAll({
    signal: stop.signal,
    onProgress: ({ done, total }) => {
      assert.equal(total, 60);
      if (done > 0) stop.abort();
    },
  });
  const stopped = await sweep.catch((error) => error);
  assert.ok(stopped instanceof SweepStopped);
  const { restored, left, sessions } = stopped.summary;
  assert.ok(restored > 0 && restored < 60);
  assert.deepEqual([sessions.length, left], [restored, 60 - restored]);
});

test("of what is gone only known sessions are restored, of the others all", async (t) => {
  const directory = directoryFor(t);
  const [known, unknown] = [orphan(directory, "known"), orphan(directory, "unknown")];
  const live = wiped(directory, "a");
  const recovery = await SessionRecovery.open(directory);
  const tried = await recovery.recoverKnown(["known"], { dryRun: true });
  assert.deepEqual([tried.restored, existsSync(known)], [0, false]);
  const { restored, sessions } = await recovery.recoverKnown(["known", "elsewhere"]);
  assert.equal(restored, 2);
  assert.deepEqual(
    sessions.map(({ status, action }) => [status.sessionId, status.guard, action]),
    [
      ["a", undefined, "restored"],
      ["known", undefined, "restored"],
      ["unknown", "unknown", "nothing"],
    ],
  );
  assert.deepEqual([readFileSync(live, "utf8"), existsSync(unknown)], [session(9), false]);
  assert.equal((await recovery.recoverKnown([], { ignoreGuards: true })).restored, 1);
});

test("known sessions need names that are text, and a directory none", async (t) => {
  const directory = directoryFor(t);
  const recovery = await SessionRecovery.open(join(directory, "missing"), { missingOk: true });
  assert.equal((await recovery.recoverKnown(["a"])).scanned, 0);
  const refused = { code: "invalid-session-id" };
  await assert.rejects(recovery.recoverKnown(["\ud800"]), refused);
  await assert.rejects(recovery.audit({ known: ["\ud800"] }), refused);
  await assert.rejects(recovery.plan({ known: ["\ud800"] }), refused);
});

test("the program tells how to restore what a guard keeps, and does it when told", async (t) => {
  const directory = directoryFor(t);
  const live = guarded(directory, "undone");
  const words = ["--sessions", directory];
  for (const task of ["inspect", "recover"]) {
    assert.match((await run(...words, task, "undone")).stdout, /--ignore-guards/);
  }
  const swept = await run(...words, "recover-all");
  assert.equal(swept.code, 0);
  assert.match(swept.stdout, /^undone +0 +2 .*on purpose$/m);
  assert.match(swept.stdout, /--ignore-guards/);
  const told = await run(...words, "recover-all", "--ignore-guards");
  assert.match(told.stdout, /1 restored/);
  assert.deepEqual(JSON.parse(readFileSync(live, "utf8")).messages, [1, 2]);
});
