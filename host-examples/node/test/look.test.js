// To look before a choice: the sources of a session, what is in them, any of them put in place, and
// what the history says of it.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SessionRecovery, SessionRecoveryError, SweepStopped } from "../src/index.js";
import { contents, directoryFor, nested, orphan, session, wiped } from "./support.js";

const RUN = /^node-\d{8}T\d{6}Z-[0-9a-f]{4}$/;
const NEEDS_ROOT = { skip: process.getuid?.() !== 0 && "only root can give files away" };

/**
 * A session file as the application writes it.
 *
 * @param {string} title
 * @param {string[]} texts - Of its messages.
 */
function chat(title, ...texts) {
  const messages = texts.map((content, at) => ({ role: "user", content, timestamp: 1000 + at }));
  return JSON.stringify({ session_id: "abc", title, updated_at: 2000, messages });
}

/**
 * A session with a temporary file that holds more than its live file and its backup.
 *
 * @param {import("node:test").TestContext} t
 */
async function withTemporary(t) {
  const directory = directoryFor(t);
  writeFileSync(join(directory, "abc.json"), chat("Now", "one"));
  writeFileSync(join(directory, "abc.json.bak"), chat("Then", "one", "two"));
  writeFileSync(join(directory, "abc.tmp.1.2"), chat("Lisbon", "one", "two", "the tram"));
  return { directory, recovery: await SessionRecovery.open(directory) };
}

/** @param {string} path */
function modeOf(path) {
  return statSync(path).mode & 0o777;
}

/**
 * @param {Promise<unknown>} call
 * @returns {Promise<string>} The code of its error.
 */
async function codeOf(call) {
  const error = await call.catch((error) => error);
  assert.ok(error instanceof SessionRecoveryError, String(error));
  return error.code;
}

test("the sources of a session are listed, each with what it would change", async (t) => {
  const { recovery } = await withTemporary(t);
  const { sessionId, sources, best, why, unread } = await recovery.sources("abc");
  assert.deepEqual([sessionId, best, unread], ["abc", "abc.tmp.1.2", 0]);
  assert.match(why, /abc\.tmp\.1\.2/);
  assert.deepEqual(
    sources.map(({ name, kind, file, heading, first, last, brings, hides }) => [
      [name, kind, file.messages, heading.title],
      [first, last, brings, hides],
    ]),
    [
      [
        ["abc.json", "live", 1, "Now"],
        [1000, 1000, 0, 0],
      ],
      [
        ["abc.json.bak", "backup", 2, "Then"],
        [1000, 1001, 1, 0],
      ],
      [
        ["abc.tmp.1.2", "temporary", 3, "Lisbon"],
        [1000, 1002, 2, 0],
      ],
    ],
  );
});

test("a preview shows messages, and those that would come back", async (t) => {
  const { directory, recovery } = await withTemporary(t);
  const before = contents(directory);
  const view = await recovery.preview("abc", { source: "abc.tmp.1.2", first: 1, last: 1 });
  const { name, heading, messages, first, last, brings, brought, hides, hidden } = view;
  assert.deepEqual(
    [name, heading, messages],
    ["abc.tmp.1.2", { title: "Lisbon", updated: 2000 }, 3],
  );
  assert.deepEqual(first, [
    { number: 1, role: "user", time: 1000, text: "one", isCut: false, tools: [] },
  ]);
  assert.deepEqual(
    last.map(({ number, text }) => [number, text]),
    [[3, "the tram"]],
  );
  assert.deepEqual([brings, hides, hidden], [2, 0, []]);
  assert.deepEqual(
    brought.map(({ text }) => text),
    ["two", "the tram"],
  );
  assert.equal((await recovery.preview("abc")).name, "abc.json.bak");
  const window = { after: 1, first: 1, last: 0, changed: 0 };
  const { first: second, brought: none } = await recovery.preview("abc", window);
  assert.deepEqual([second[0]?.text, none], ["two", []]);
  assert.deepEqual(contents(directory), before);
});

test("a window is of whole numbers", async (t) => {
  const { recovery } = await withTemporary(t);
  for (const first of [-1, 1.5, Number.NaN, 2 ** 32, "1", null]) {
    const options = /** @type {any} */ ({ first });
    await assert.rejects(recovery.preview("abc", options), TypeError, String(first));
  }
  await assert.rejects(recovery.preview("abc", /** @type {any} */ ({ source: 1 })), TypeError);
});

test("any source is put in place, and an undo takes it back", async (t) => {
  const { directory, recovery } = await withTemporary(t);
  const live = join(directory, "abc.json");
  const before = contents(directory);
  const would = await recovery.recoverFrom("abc", "abc.tmp.1.2", { dryRun: true });
  assert.deepEqual([would.action, would.source], ["would-restore", "abc.tmp.1.2"]);
  assert.deepEqual(contents(directory), before);
  const { action, source, kept } = await recovery.recoverFrom("abc", "abc.tmp.1.2");
  assert.deepEqual([action, source, kept], ["restored", "abc.tmp.1.2", "abc.json.replaced.1"]);
  assert.equal(readFileSync(live, "utf8"), chat("Lisbon", "one", "two", "the tram"));
  assert.ok(existsSync(join(directory, "abc.tmp.1.2")));
  assert.equal((await recovery.undo("abc")).action, "restored");
  assert.equal(readFileSync(live, "utf8"), chat("Now", "one"));
});

test("a name that is no source is an error, and nothing outside the directory is touched", async (t) => {
  const { directory, recovery } = await withTemporary(t);
  const inner = join(directory, "inner");
  mkdirSync(inner);
  for (const name of ["abc.json", "abc.json.bak"]) {
    writeFileSync(join(inner, name), readFileSync(join(directory, name)));
  }
  const within = await SessionRecovery.open(inner);
  const before = contents(inner);
  for (const name of [
    "../abc.tmp.1.2",
    "./abc.json.bak",
    `${directory}/abc.tmp.1.2`,
    "..",
    ".",
    "",
    "abc.json.bak\0",
    "abc.json\0/../../abc.tmp.1.2",
    "..\\abc.tmp.1.2",
    "abc.tmp.9.9",
    "_index.json",
    "x".repeat(5000),
    "<b>abc</b>",
  ]) {
    const { action, errors } = await within.recoverFrom("abc", name);
    assert.deepEqual([action, errors[0]?.code], ["failed", "no-such-source"], name);
    assert.equal(await codeOf(within.preview("abc", { source: name })), "no-such-source", name);
  }
  for (const name of ["\ud800", /** @type {any} */ (7)]) {
    assert.equal(await codeOf(within.recoverFrom("abc", name)), "no-such-source");
  }
  assert.equal(await codeOf(within.preview("abc", { source: "\udfff" })), "no-such-source");
  assert.deepEqual(contents(inner), before);
  await recovery.close();
});

test("a link is no source", async (t) => {
  const { directory, recovery } = await withTemporary(t);
  const { symlinkSync, rmSync } = await import("node:fs");
  rmSync(join(directory, "abc.tmp.1.2"));
  symlinkSync("/etc/hostname", join(directory, "abc.tmp.1.2"));
  const { action } = await recovery.recoverFrom("abc", "abc.tmp.1.2");
  assert.equal(action, "failed");
  assert.equal(readFileSync(join(directory, "abc.json"), "utf8"), chat("Now", "one"));
});

test("a sweep takes the best sources if it is asked to, and the backups if not", async (t) => {
  const { directory, recovery } = await withTemporary(t);
  const [plain] = (await recovery.recoverAll({ dryRun: true })).sessions;
  assert.equal(plain?.source, "abc.json.bak");
  const [best] = (await recovery.recoverAll({ dryRun: true, best: true })).sessions;
  assert.deepEqual([best?.action, best?.source], ["would-restore", "abc.tmp.1.2"]);
  const { sessions } = await recovery.recoverSome(["abc"], { best: true });
  assert.deepEqual([sessions[0]?.action, sessions[0]?.source], ["restored", "abc.tmp.1.2"]);
  assert.equal(JSON.parse(readFileSync(join(directory, "abc.json"), "utf8")).title, "Lisbon");
  const both = recovery.recoverAll({ best: true, discard: true });
  assert.equal(await codeOf(both), "conflicting-options");
});

test("a restored file is for no more eyes than the source that it comes from", async (t) => {
  for (const [live, source, expected] of /** @type {[number, number, number][]} */ ([
    [0o644, 0o644, 0o644],
    [0o644, 0o600, 0o600],
    [0o640, 0o604, 0o600],
    [0o664, 0o640, 0o640],
    [0o600, 0o666, 0o600],
    [0o644, 0o444, 0o644],
    [0o644, 0o400, 0o600],
  ])) {
    const { directory, recovery } = await withTemporary(t);
    chmodSync(join(directory, "abc.json"), live);
    chmodSync(join(directory, "abc.tmp.1.2"), source);
    await recovery.recoverFrom("abc", "abc.tmp.1.2");
    assert.equal(modeOf(join(directory, "abc.json")), expected, `${live} ${source}`);
    await recovery.close();
  }
});

test("a sweep, too, opens a restored file to nobody who could not read the best source", async (t) => {
  const { directory, recovery } = await withTemporary(t);
  chmodSync(join(directory, "abc.json"), 0o644);
  chmodSync(join(directory, "abc.tmp.1.2"), 0o600);
  assert.equal((await recovery.recoverAll({ best: true })).restored, 1);
  assert.equal(modeOf(join(directory, "abc.json")), 0o600);
});

test("the backup and the kept files were the session's own: the live file's mode stays", async (t) => {
  const { directory, recovery } = await withTemporary(t);
  chmodSync(join(directory, "abc.json"), 0o644);
  chmodSync(join(directory, "abc.json.bak"), 0o600);
  await recovery.recoverFrom("abc", "abc.json.bak");
  assert.equal(modeOf(join(directory, "abc.json")), 0o644);
  chmodSync(join(directory, "abc.json.replaced.1"), 0o600);
  const { action } = await recovery.recoverFrom("abc", "abc.json.replaced.1");
  assert.deepEqual([action, modeOf(join(directory, "abc.json"))], ["restored", 0o644]);
});

test("what is put in place of nothing is for the eyes of all that it may come from", async (t) => {
  const directory = directoryFor(t);
  for (const [name, mode, texts] of /** @type {[string, number, string[]][]} */ ([
    ["abc.json.bak", 0o644, ["one"]],
    ["abc.json.replaced.2", 0o644, ["one"]],
    ["abc.json.replaced.1", 0o640, ["one", "two", "three"]],
    ["abc.tmp.1.2", 0o600, ["one", "two", "three", "four"]],
  ])) {
    writeFileSync(join(directory, name), chat("x", ...texts));
    chmodSync(join(directory, name), mode);
  }
  const recovery = await SessionRecovery.open(directory);
  await recovery.recoverFrom("abc", "abc.json.replaced.1");
  assert.equal(modeOf(join(directory, "abc.json")), 0o640);
});

test("what only a temporary file is left of belongs to its owner", NEEDS_ROOT, async (t) => {
  const directory = directoryFor(t);
  const source = join(directory, "abc.tmp.1.2");
  writeFileSync(source, chat("x", "one"));
  chownSync(source, 12_345, 23_456);
  chmodSync(source, 0o640);
  const recovery = await SessionRecovery.open(directory);
  const { action } = await recovery.recoverFrom("abc", "abc.tmp.1.2");
  const { uid, gid, mode } = statSync(join(directory, "abc.json"));
  assert.deepEqual([action, uid, gid, mode & 0o777], ["restored", 12_345, 23_456, 0o640]);
});

test("a source of another group is not opened to the session's group", NEEDS_ROOT, async (t) => {
  const { directory, recovery } = await withTemporary(t);
  const [live, source] = [join(directory, "abc.json"), join(directory, "abc.tmp.1.2")];
  chownSync(live, 12_345, 23_456);
  chmodSync(live, 0o640);
  chownSync(source, 12_345, 34_567);
  chmodSync(source, 0o640);
  await recovery.recoverFrom("abc", "abc.tmp.1.2");
  const { uid, gid, mode } = statSync(live);
  assert.deepEqual([uid, gid, mode & 0o777], [12_345, 23_456, 0o600]);
});

test("the history says what was done, by which run, and what can be undone", async (t) => {
  const { recovery } = await withTemporary(t);
  assert.deepEqual(await recovery.history(), []);
  const before = Math.floor(Date.now() / 1000);
  await recovery.recover("abc");
  await recovery.recoverFrom("abc", "abc.tmp.1.2", { run: "server-of-a-test" });
  const [last, first, ...more] = await recovery.history();
  assert.deepEqual(more, []);
  assert.match(String(first?.run), RUN);
  assert.ok(Number(first?.time) >= before && Number(first?.time) <= before + 600);
  const { time: _, ...told } = last ?? {};
  assert.deepEqual(told, {
    deed: "restored",
    sessionId: "abc",
    run: "server-of-a-test",
    source: "abc.tmp.1.2",
    kept: "abc.json.replaced.2",
    messages: 3,
    canUndo: true,
  });
  assert.equal(first?.canUndo, false);
});

test("a call is one run, and all calls are one if it was named when the directory was opened", async (t) => {
  const directory = directoryFor(t);
  for (const id of ["aaa", "bbb", "ccc"]) wiped(directory, id);
  const runs = async (/** @type {SessionRecovery} */ recovery) =>
    new Set((await recovery.history()).map(({ run }) => run));
  const recovery = await SessionRecovery.open(directory);
  await recovery.recoverAll();
  assert.equal((await runs(recovery)).size, 1);
  await recovery.undo("aaa");
  await recovery.undo("bbb");
  assert.equal((await runs(recovery)).size, 3);
  const named = await SessionRecovery.open(directory, { run: "one run" });
  await named.recover("aaa");
  await named.repair((await named.plan()).changes);
  const ofRun = (await named.history()).filter(({ run }) => run === "one run");
  assert.deepEqual(ofRun.map(({ sessionId }) => sessionId).sort(), ["aaa", "bbb"]);
});

test("what changes nothing leaves no trace in the history", async (t) => {
  const { directory, recovery } = await withTemporary(t);
  const before = readdirSync(directory);
  await recovery.recover("abc", { dryRun: true });
  await recovery.recoverFrom("abc", "abc.tmp.1.2", { dryRun: true });
  await recovery.recoverAll({ dryRun: true, best: true });
  await recovery.undo("abc", { dryRun: true });
  await recovery.sources("abc");
  await recovery.preview("abc");
  await recovery.history();
  assert.deepEqual(readdirSync(directory), before);
});

test("the name of a run is short and of one line", async (t) => {
  const { directory, recovery } = await withTemporary(t);
  for (const run of ["", "x".repeat(65), "a\nb", "ä", "\u001b[31m", 7, null]) {
    const options = /** @type {any} */ ({ run });
    await assert.rejects(recovery.recover("abc", options), TypeError, JSON.stringify(run));
    await assert.rejects(SessionRecovery.open(directory, options), TypeError);
  }
  assert.equal(readFileSync(join(directory, "abc.json"), "utf8"), chat("Now", "one"));
});

test("a run is undone, as far as that can be, and each undo can be, too", async (t) => {
  const directory = directoryFor(t);
  const [first, second] = ["aaa", "bbb"].map((id) => wiped(directory, id));
  const gone = orphan(directory, "ccc");
  const recovery = await SessionRecovery.open(directory);
  await recovery.recoverAll({ run: "sweep" });
  await recovery.undo("bbb", { run: "other" });
  const would = await recovery.undoRun("sweep", { dryRun: true });
  assert.deepEqual([...new Set(would.map(({ action }) => action))], ["would-restore"]);
  assert.equal(readFileSync(String(first), "utf8"), session(9));
  const outcomes = await recovery.undoRun("sweep", { run: "undo" });
  const undone = outcomes.map(({ status, action }) => [status.sessionId, action]);
  assert.deepEqual(undone.sort(), [
    ["aaa", "restored"],
    ["ccc", "restored"],
  ]);
  assert.equal(readFileSync(String(first), "utf8"), session(0));
  assert.equal(readFileSync(String(second), "utf8"), session(0));
  assert.equal(existsSync(gone), false);
  assert.equal(await codeOf(recovery.undoRun("sweep")), "other");
  const ofUndo = (await recovery.history()).filter(({ run }) => run === "undo");
  assert.deepEqual([...new Set(ofUndo.map(({ deed }) => deed))], ["undone"]);
  assert.equal(await codeOf(recovery.undoRun("undo")), "other", "an undo is undone one by one");
  assert.equal((await recovery.undo("aaa")).action, "restored");
  assert.equal(readFileSync(String(first), "utf8"), session(9));
});

test("a run that there is none of is an error that says where the runs are", async (t) => {
  const { recovery } = await withTemporary(t);
  await assert.rejects(recovery.undoRun("none"), {
    code: "other",
    message: "There is no run none that can be undone.",
    remedy: "`history` lists the runs.",
  });
});

test("an undo of a run that is stopped says which sessions are left", async (t) => {
  const directory = directoryFor(t);
  for (const id of ["aaa", "bbb"]) wiped(directory, id);
  const recovery = await SessionRecovery.open(directory);
  await recovery.recoverAll({ run: "sweep" });
  const signal = AbortSignal.abort();
  const outcomes = await recovery.undoRun("sweep", { signal });
  assert.deepEqual(
    outcomes.map(({ action, errors }) => [action, errors[0]?.message]),
    Array(2).fill(["failed", "The undo was stopped before this session."]),
  );
  assert.equal(readFileSync(join(directory, "aaa.json"), "utf8"), session(9));
});

test("a session is found by what somebody calls it", async (t) => {
  const directory = directoryFor(t);
  for (const id of ["3f2a90", "3f2b17", "77"]) wiped(directory, id);
  const recovery = await SessionRecovery.open(directory);
  for (const [name, id] of /** @type {[string, string][]} */ ([
    ["3f2a90", "3f2a90"],
    ["3f2a90.json", "3f2a90"],
    ["3f2b17.json.bak", "3f2b17"],
    ["3f2a", "3f2a90"],
    ["77", "77"],
  ])) {
    assert.equal(await recovery.resolve(name), id, name);
  }
  assert.equal(await codeOf(recovery.resolve("3f2")), "no-such-session");
  assert.equal(await codeOf(recovery.resolve("nobody")), "no-such-session");
  for (const name of ["", "../x", "\ud800"]) {
    assert.equal(await codeOf(recovery.resolve(name)), "invalid-session-id", name);
  }
});

test("the list has titles only if they are asked for, as they stand in the files", async (t) => {
  const directory = directoryFor(t);
  const title = '<img src=x onerror="alert(1)">\u001b[31m\u202e\u0000';
  writeFileSync(join(directory, "abc.json"), chat(title, "one"));
  writeFileSync(join(directory, "long.json"), chat("é".repeat(100_000), "one"));
  const recovery = await SessionRecovery.open(directory);
  assert.deepEqual(await recovery.sessions(), [
    { sessionId: "abc", live: true, backup: false },
    { sessionId: "long", live: true, backup: false },
  ]);
  const [first, second] = await recovery.sessions({ headings: true });
  assert.deepEqual(first?.heading, { title, updated: 2000 });
  assert.equal(second?.heading?.title, "é".repeat(200));
  assert.equal((await recovery.inspect("abc")).heading.title, title);
});

test("all sessions are previewed in parts, for one listing each", async (t) => {
  const directory = directoryFor(t);
  const ids = Array.from({ length: 40 }, (_, number) => `s${100 + number}`);
  for (const id of ids) wiped(directory, id);
  writeFileSync(join(directory, "Copy of s100.json"), session(20));
  writeFileSync(join(directory, "s105.json"), "");
  writeFileSync(join(directory, "s105.json.bak"), "");
  const recovery = await SessionRecovery.open(directory);
  const [views, parts, unread] = [[], [], []].map(() => /** @type {any[]} */ ([]));
  for await (const part of recovery.previewAll({ first: 1, last: 0, changed: 0 })) {
    parts?.push([part.done, part.total]);
    views?.push(...part.views);
    unread?.push(...part.unread.map(({ sessionId }) => sessionId));
  }
  assert.deepEqual(
    [parts?.[0], parts?.at(-1)],
    [
      [0, 41],
      [41, 41],
    ],
  );
  const shown = new Set([...(views ?? []).map(({ sessionId }) => sessionId), ...(unread ?? [])]);
  assert.deepEqual([...shown].sort(), ["Copy of s100", ...ids].sort());
  for (const view of views ?? []) {
    assert.deepEqual(
      view,
      await recovery.preview(view.sessionId, { first: 1, last: 0, changed: 0 }),
    );
  }
});

test("a session that needs too much memory costs only itself in the previews", async (t) => {
  const directory = directoryFor(t);
  for (const id of ["aaa", "ccc"]) wiped(directory, id);
  nested(directory, "bbb");
  const recovery = await SessionRecovery.open(directory, { maxMemory: 2 });
  const [views, unread] = [[], []].map(() => /** @type {string[]} */ ([]));
  for await (const part of recovery.previewAll()) {
    views?.push(...part.views.map(({ sessionId }) => sessionId));
    unread?.push(...part.unread.map(({ sessionId }) => sessionId));
  }
  assert.deepEqual([views, unread], [["aaa", "ccc"], ["bbb"]]);
});

test("chosen sessions are restored in parts if that is watched, and in the same way", async (t) => {
  const directory = directoryFor(t);
  const ids = Array.from({ length: 40 }, (_, number) => `s${100 + number}`);
  for (const id of [...ids, "other"]) wiped(directory, id);
  const recovery = await SessionRecovery.open(directory);
  /** @type {[number, number, number][]} */
  const parts = [];
  const summary = await recovery.recoverSome(ids, {
    onProgress: ({ done, total, outcomes }) => parts.push([done, total, outcomes.length]),
  });
  assert.deepEqual(parts, [
    [0, 40, 0],
    [16, 40, 16],
    [32, 40, 16],
    [40, 40, 8],
  ]);
  assert.deepEqual([summary.scanned, summary.restored, summary.left], [40, 40, 0]);
  assert.deepEqual(
    summary.sessions.map(({ status }) => status.sessionId),
    ids,
  );
  assert.equal(readFileSync(join(directory, "other.json"), "utf8"), session(0));
  assert.equal(new Set((await recovery.history()).map(({ run }) => run)).size, 1);
});

test("the restore of chosen sessions stops between two parts", async (t) => {
  const directory = directoryFor(t);
  const ids = Array.from({ length: 20 }, (_, number) => `s${100 + number}`);
  for (const id of ids) wiped(directory, id);
  const recovery = await SessionRecovery.open(directory);
  const stop = new AbortController();
  const restore = recovery.recoverSome(ids, {
    signal: stop.signal,
    onProgress: ({ done }) => done > 0 && stop.abort(),
  });
  const error = await restore.catch((error) => error);
  assert.ok(error instanceof SweepStopped);
  assert.deepEqual([error.summary.restored, error.summary.left], [16, 4]);
});

test("of chosen sessions, one that needs too much memory costs only itself", async (t) => {
  const directory = directoryFor(t);
  for (const id of ["aaa", "ccc"]) wiped(directory, id);
  nested(directory, "bbb");
  const recovery = await SessionRecovery.open(directory, { maxMemory: 2 });
  const { signal } = new AbortController();
  const { sessions } = await recovery.recoverSome(["aaa", "bbb", "ccc"], { signal });
  const failed = sessions.filter(({ action }) => action === "failed");
  assert.deepEqual(
    failed.map(({ status, errors }) => [status.sessionId, errors[0]?.code]),
    [["bbb", "other"]],
  );
  for (const id of ["aaa", "ccc"]) {
    assert.equal(readFileSync(join(directory, `${id}.json`), "utf8"), session(9));
  }
  const refused = recovery.recoverSome(["a/b"], { signal });
  assert.equal(await codeOf(refused), "invalid-session-id");
});

test("a directory that need not be there has no history", async (t) => {
  const recovery = await SessionRecovery.open(join(directoryFor(t), "none"), { missingOk: true });
  assert.deepEqual(await recovery.history(), []);
  assert.equal(await codeOf(recovery.undoRun("run")), "other");
  for await (const { total } of recovery.previewAll()) assert.equal(total, 0);
});
