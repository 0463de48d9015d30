// What the library promises beyond the list of cases, which its program runs.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import workerThreads, { Worker } from "node:worker_threads";
import { Calls } from "../src/calls.js";
import { SessionRecovery, SessionRecoveryError, SweepStopped } from "../src/index.js";
import {
  contents,
  directoryFor,
  leftovers,
  nested,
  session,
  unreachable,
  wiped,
} from "./support.js";

test("a session is inspected and restored", async (t) => {
  const directory = directoryFor(t);
  const live = wiped(directory, "a");
  const recovery = await SessionRecovery.open(directory);
  const status = await recovery.inspect("a");
  assert.equal(status.recommendation, "restore");
  assert.equal(status.live.messages, 0);
  assert.equal(status.backup.messages, 9);
  const { action, errors } = await recovery.recover("a");
  assert.deepEqual({ action, errors }, { action: "restored", errors: [] });
  assert.equal(readFileSync(live, "utf8"), session(9));
});

test("answers are plain objects that JSON takes", async (t) => {
  const directory = directoryFor(t);
  writeFileSync(join(directory, "a.json"), "{");
  wiped(directory, "b");
  const recovery = await SessionRecovery.open(directory);
  const answers = [
    await recovery.inspectAll(),
    await recovery.recoverAll(),
    await recovery.sessions(),
  ];
  assert.deepEqual(JSON.parse(JSON.stringify(answers)), answers);
});

test("an id that is none is refused with a code", async (t) => {
  const recovery = await SessionRecovery.open(directoryFor(t));
  const texts = ["", "..", "_index", "a/b", "a\\b", "a\0b", "x".repeat(247), "\ud800", undefined];
  for (const id of /** @type {string[]} */ (texts)) {
    const refused = { name: "SessionRecoveryError", code: "invalid-session-id" };
    await assert.rejects(recovery.inspect(id), refused, JSON.stringify(id));
    await assert.rejects(recovery.recover(id), refused, JSON.stringify(id));
    await assert.rejects(recovery.undo(id), refused, JSON.stringify(id));
  }
});

test("a directory that is not there is an error in every call", async (t) => {
  const missing = join(directoryFor(t), "missing");
  const recovery = await SessionRecovery.open(missing);
  for (const call of callsOf(recovery)) {
    await assert.rejects(call, {
      code: "no-directory",
      message: `There is no directory ${missing}.`,
      remedy: /missingOk/,
    });
  }
});

test("a directory that need not be there has no sessions, and none of them can be inspected", async (t) => {
  const missing = join(directoryFor(t), "missing");
  const recovery = await SessionRecovery.open(missing, { missingOk: true });
  assert.deepEqual(await recovery.sessions(), []);
  assert.deepEqual(await recovery.inspectAll(), []);
  assert.deepEqual(await recovery.purgeDeleted(), []);
  assert.deepEqual(await recovery.prune(), []);
  assert.equal((await recovery.recoverAll()).scanned, 0);
  await assert.rejects(recovery.inspect("a"), { code: "no-directory" });
  mkdirSync(missing);
  wiped(missing, "a");
  assert.equal((await recovery.inspect("a")).recommendation, "restore");
});

test("a directory that cannot be reached is an error, and not a missing one", async (t) => {
  for (const [path, code, message] of unreachable(directoryFor(t))) {
    const recovery = await SessionRecovery.open(path, { missingOk: true });
    const refused = { name: "SessionRecoveryError", code, message, remedy: /^[A-Z].*\.$/ };
    for (const call of callsOf(recovery)) await assert.rejects(call, refused);
  }
});

/** @param {SessionRecovery} recovery */
function* callsOf(recovery) {
  yield recovery.inspect("a");
  yield recovery.inspectSome(["a"]);
  yield recovery.inspectAll();
  yield recovery.recover("a");
  yield recovery.recoverAll();
  yield recovery.recoverKnown([]);
  yield recovery.recoverSome(["a"]);
  yield recovery.undo("a");
  yield recovery.sessions();
  yield recovery.audit();
  yield recovery.plan();
  yield recovery.purge(["a"]);
  yield recovery.purgeDeleted();
  yield recovery.prune();
}

test("a sweep removes redundant kept files if it is asked to, and each call says which", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  wiped(directory, "b");
  const recovery = await SessionRecovery.open(directory);
  assert.deepEqual((await recovery.recoverAll({ dryRun: true, prune: true })).pruned, []);
  const pruned = { sessionId: "a", removed: ["a.json.replaced.1"], errors: [] };
  const ofAll = [pruned, { sessionId: "b", removed: ["b.json.replaced.1"], errors: [] }];
  assert.deepEqual((await recovery.recoverAll()).pruned, []);
  assert.deepEqual(await recovery.prune({ dryRun: true }), ofAll);
  assert.deepEqual((await recovery.recoverSome(["a"], { prune: true })).pruned, [pruned]);
  assert.ok(readdirSync(directory).includes("b.json.replaced.1"));
  const { pruned: ofRest } = await recovery.recoverKnown(["a"], { prune: true });
  assert.deepEqual(ofRest, ofAll.slice(1));
  assert.deepEqual(await recovery.prune(), []);
  assert.equal(readdirSync(directory).filter((name) => !name.startsWith(".")).length, 4);
});

test("if the prune after a sweep fails, the summary still says what was restored", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  const recovery = await SessionRecovery.open(directory);
  t.mock.method(recovery, "prune", async () => {
    throw new SessionRecoveryError("io", "It is broken.");
  });
  const { restored, oddities, pruned } = await recovery.recoverAll({ prune: true });
  assert.deepEqual({ restored, pruned }, { restored: 1, pruned: [] });
  assert.deepEqual(
    oddities.map(({ code }) => code),
    ["io"],
  );
});

test("a dry run changes nothing", async (t) => {
  const directory = directoryFor(t);
  const live = wiped(directory, "a");
  const recovery = await SessionRecovery.open(directory);
  assert.equal((await recovery.recover("a", { dryRun: true })).action, "would-restore");
  const summary = await recovery.recoverAll({ dryRun: true });
  assert.equal(summary.sessions[0]?.action, "would-restore");
  assert.equal(readFileSync(live, "utf8"), session(0));
  assert.equal(readdirSync(directory).length, 2);
});

test("a sweep tells how far it is and what each part did", async (t) => {
  const directory = directoryFor(t);
  const ids = Array.from({ length: 40 }, (_, number) => `s${String(number).padStart(2, "0")}`);
  for (const id of ids) wiped(directory, id);
  writeFileSync(join(directory, "alone.json"), session(1));
  const recovery = await SessionRecovery.open(directory);
  /** @type {import("../src/types.js").SweepProgress[]} */
  const told = [];
  const summary = await recovery.recoverAll({ onProgress: (progress) => told.push(progress) });
  assert.equal(summary.scanned, 41);
  assert.equal(summary.restored, 40);
  assert.deepEqual(told[0], { done: 0, total: 40, outcomes: [] });
  assert.equal(told.at(-1)?.done, 40);
  assert.deepEqual(
    told.flatMap(({ outcomes }) => outcomes),
    summary.sessions,
  );
});

for (const step of ["nextOfSweep", "finishSweep"]) {
  test(`a sweep goes on behind what is done where ${step} has no answer`, async (t) => {
    const directory = directoryFor(t);
    for (let number = 0; number < 40; number++) wiped(directory, `s${number}`);
    const recovery = await SessionRecovery.open(directory);
    const dryRun = { dryRun: true };
    const expected = await recovery.recoverAll(dryRun);
    const { call } = Calls.prototype;
    let asked = 0;
    const instead = /** @this {Calls} */ function (/** @type {Parameters<typeof call>} */ ...args) {
      const isVictim = args[1] === step && ++asked === (step === "finishSweep" ? 1 : 3);
      const failure = new SessionRecoveryError("other", "The call was ended after 1 seconds.");
      return isVictim ? Promise.reject(failure) : call.apply(this, args);
    };
    t.mock.method(Calls.prototype, "call", instead);
    /** @type {number[]} */
    const told = [];
    const onProgress = (/** @type {{ done: number }} */ { done }) => told.push(done);
    assert.deepEqual(await recovery.recoverAll({ ...dryRun, onProgress }), expected);
    assert.deepEqual(
      told,
      told.toSorted((one, other) => one - other),
    );
    assert.equal(told.at(-1), 40);
  });
}

test("two sweeps at the same time are two", async (t) => {
  const directory = directoryFor(t);
  for (let number = 0; number < 40; number++) wiped(directory, `s${number}`);
  const recovery = await SessionRecovery.open(directory);
  const [one, other] = await Promise.all([
    recovery.recoverAll({ dryRun: true }),
    recovery.recoverAll({ dryRun: true }),
  ]);
  assert.equal(one.sessions.length, 40);
  assert.deepEqual(one, other);
});

test("a signal stops a sweep between two sessions", async (t) => {
  const directory = directoryFor(t);
  for (let number = 0; number < 60; number++) wiped(directory, `s${number}`);
  const recovery = await SessionRecovery.open(directory);
  const stop = new AbortController();
  const sweep = recovery.recoverAll({
    signal: stop.signal,
    onProgress: ({ done }) => done > 0 && stop.abort("enough"),
  });
  const stopped = await sweep.catch((error) => error);
  assert.ok(stopped instanceof SweepStopped);
  assert.equal(stopped.name, "AbortError");
  assert.equal(stopped.cause, "enough");
  assert.ok(stopped.summary.restored > 0 && stopped.summary.restored < 60);
  assert.equal(stopped.summary.left, 60 - stopped.summary.restored);
  const rest = await recovery.recoverAll();
  assert.equal(rest.restored, 60 - stopped.summary.restored);
  assert.deepEqual(
    readdirSync(directory).filter((name) => /\.(staging|claim)$/.test(name)),
    [],
  );
});

test("a signal that is set already stops a sweep before its first session", async (t) => {
  const directory = directoryFor(t);
  const live = wiped(directory, "a");
  const recovery = await SessionRecovery.open(directory);
  await assert.rejects(recovery.recoverAll({ signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
  await assert.rejects(recovery.inspectAll({ signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
  assert.equal(readFileSync(live, "utf8"), session(0));
});

test("every session is inspected, those with a backup first", async (t) => {
  const directory = directoryFor(t);
  writeFileSync(join(directory, "a.json"), session(1));
  wiped(directory, "b");
  writeFileSync(join(directory, "c.json.bak"), session(3));
  const recovery = await SessionRecovery.open(directory);
  const statuses = await recovery.inspectAll();
  assert.deepEqual(
    statuses.map(({ sessionId }) => sessionId),
    ["b", "c", "a"],
  );
  assert.deepEqual(await recovery.inspectSome(["b", "c", "a"]), statuses);
});

test("the caller's event loop goes on while the component works", async (t) => {
  const directory = directoryFor(t);
  writeFileSync(join(directory, "a.json"), session(200_000));
  const recovery = await SessionRecovery.open(directory);
  let turns = 0;
  const counting = setInterval(() => turns++, 1);
  const status = await recovery.inspect("a");
  clearInterval(counting);
  assert.equal(status.live.messages, 200_000);
  assert.ok(turns > 0);
});

test("a file put back in place of nothing has the mode it was kept with", async (t) => {
  const directory = directoryFor(t);
  const recovery = await SessionRecovery.open(directory);
  for (const [number, mode] of [
    [9, 0o644],
    [10, 0o640],
  ]) {
    const kept = join(directory, `a.json.replaced.${number}`);
    writeFileSync(kept, session(Number(number)));
    chmodSync(kept, Number(mode));
  }
  const { source } = await recovery.undo("a");
  assert.equal(source, "a.json.replaced.10");
  assert.equal(statSync(join(directory, "a.json")).mode & 0o777, 0o640);
});

test("a file put back in place of nothing is for no more eyes than its backup", async (t) => {
  const directory = directoryFor(t);
  const recovery = await SessionRecovery.open(directory);
  for (const [name, mode] of /** @type {[string, number][]} */ ([
    ["a.json.bak", 0o604],
    ["a.json.replaced.1", 0o640],
    ["a.json.replaced.9999999999", 0o666],
  ])) {
    writeFileSync(join(directory, name), session(2));
    chmodSync(join(directory, name), mode);
  }
  await recovery.undo("a");
  assert.equal(statSync(join(directory, "a.json")).mode & 0o777, 0o600);
});

test("a restored file has the mode of the file it replaced", async (t) => {
  const directory = directoryFor(t);
  const recovery = await SessionRecovery.open(directory);
  for (const mode of [0o600, 0o640, 0o644, 0o664]) {
    const live = wiped(directory, "a", mode);
    assert.equal((await recovery.recover("a")).action, "restored");
    assert.equal(statSync(live).mode & 0o777, mode);
  }
});

test("a restored file has the owner of the file it replaced", {
  skip: process.getuid?.() !== 0 && "only root can give files away",
}, async (t) => {
  const directory = directoryFor(t);
  const live = wiped(directory, "a", 0o600);
  chownSync(live, 12_345, 23_456);
  const recovery = await SessionRecovery.open(directory);
  assert.equal((await recovery.recover("a")).action, "restored");
  const { uid, gid, mode } = statSync(live);
  assert.deepEqual([uid, gid, mode & 0o777], [12_345, 23_456, 0o600]);
});

test("calls at the same time are done one after the other", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  const recovery = await SessionRecovery.open(directory);
  const outcomes = await Promise.all([recovery.recover("a"), recovery.recover("a")]);
  assert.deepEqual(
    outcomes.map(({ action }) => action),
    ["restored", "nothing"],
  );
});

test("a call beyond its time limit is ended, and the next one works", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  const before = contents(directory);
  const recovery = await SessionRecovery.open(directory, { maxTime: 1 });
  // Reading as many files takes a minute.
  const ids = Array.from({ length: 200_000 }, () => "a");
  await assert.rejects(recovery.inspectSome(ids), {
    name: "SessionRecoveryError",
    code: "other",
    message: "The call was ended after 1 seconds.",
    remedy: "Allow more time (--max-time, maxTime).",
  });
  assert.deepEqual(contents(directory), before);
  assert.equal((await recovery.inspect("a")).recommendation, "restore");
  const patient = await SessionRecovery.open(directory);
  assert.equal((await patient.recover("a")).action, "restored");
});

test("a call that needs more memory than allowed is ended, and the next one works", async (t) => {
  const directory = directoryFor(t);
  nested(directory, "deep");
  wiped(directory, "a");
  const before = contents(directory);
  const recovery = await SessionRecovery.open(directory, { maxMemory: 2 });
  const ended = {
    name: "SessionRecoveryError",
    code: "other",
    message: "The call needs more than 2 MiB of memory.",
    remedy: "Allow more memory (--max-memory, maxMemory).",
  };
  await assert.rejects(recovery.inspect("deep"), ended);
  await assert.rejects(recovery.recover("deep"), ended);
  assert.deepEqual(contents(directory), before);
  assert.equal((await recovery.recover("a")).action, "restored");
  const roomy = await SessionRecovery.open(directory, { maxMemory: 16 });
  assert.equal((await roomy.recover("deep")).action, "restored");
});

test("four mebibytes are enough to judge files of any size, alike or not", async (t) => {
  const directory = directoryFor(t);
  const messages = ["x".repeat(6_000_000)];
  for (const [id, title] of ["alike", "other"].entries()) {
    const session = (/** @type {string} */ name) => JSON.stringify({ title: name, messages });
    writeFileSync(join(directory, `${id}.json`), session("alike"));
    writeFileSync(join(directory, `${id}.json.bak`), session(title));
  }
  const recovery = await SessionRecovery.open(directory, { maxMemory: 4 });
  for (const { live, backup } of await recovery.inspectSome(["0", "1"])) {
    assert.deepEqual([live.messages, backup.messages], [1, 1]);
  }
});

test("memory that is asked for all at once is bounded, too", async (t) => {
  const directory = directoryFor(t);
  const messages = Array.from({ length: 400_000 }, (_, number) => number);
  writeFileSync(join(directory, "a.json"), JSON.stringify({ messages }));
  writeFileSync(join(directory, "a.json.bak"), JSON.stringify({ messages: [-1, ...messages] }));
  const recovery = await SessionRecovery.open(directory, { maxMemory: 6 });
  await assert.rejects(recovery.inspect("a"), { message: /more than 6 MiB of memory/ });
  const roomy = await SessionRecovery.open(directory);
  assert.equal((await roomy.inspect("a")).liveOnly, 0);
});

test("a long list of sessions that needs more memory than allowed is an error", async (t) => {
  const directory = directoryFor(t);
  for (let number = 0; number < 4000; number++) {
    writeFileSync(join(directory, `${number}-${"x".repeat(200)}.json`), "");
  }
  const recovery = await SessionRecovery.open(directory, { maxMemory: 2 });
  await assert.rejects(recovery.sessions(), { message: /more than 2 MiB of memory/ });
  const roomy = await SessionRecovery.open(directory);
  assert.equal((await roomy.sessions()).length, 4000);
});

test("a sweep lists the session that needs too much memory and restores the others", async (t) => {
  const directory = directoryFor(t);
  const deep = nested(directory, "deep");
  const live = wiped(directory, "sound");
  const recovery = await SessionRecovery.open(directory, { maxMemory: 2 });
  const { restored, sessions } = await recovery.recoverAll();
  assert.equal(restored, 1);
  const failed = sessions.filter(({ action }) => action === "failed");
  assert.deepEqual(
    failed.map(({ status, errors }) => [status.sessionId, errors[0]?.code]),
    [["deep", "other"]],
  );
  assert.deepEqual([readFileSync(live, "utf8"), readFileSync(deep, "utf8")], [session(9), ""]);
});

test("a component that cannot even start with the memory it may have is an error", async (t) => {
  const recovery = await SessionRecovery.open(directoryFor(t), { maxMemory: 1 });
  await assert.rejects(recovery.sessions(), { code: "other", message: /more than 1 MiB/ });
});

test("a recovery that is closed while it sweeps goes on after it", async (t) => {
  const directory = directoryFor(t);
  for (let number = 0; number < 40; number++) wiped(directory, `s${number}`);
  const recovery = await SessionRecovery.open(directory);
  const sweep = recovery.recoverAll();
  await recovery.close();
  assert.equal((await sweep).restored, 40);
});

test("a thread that ends during a call is replaced for the next one", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  const calls = new Calls(directory, { maxMemory: 256, maxTime: 60 });
  const worker = await calls.start();
  const call = calls.call("read-only", "inspect", "a");
  await Promise.all([worker.terminate(), assert.rejects(call, { code: "other" })]);
  const status = await calls.call("read-only", "inspect", "a");
  assert.equal(status.recommendation, "restore");
});

test("a thread that cannot be started is an error, and the next call starts another", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  const recovery = await SessionRecovery.open(directory);
  await recovery.close();
  const { mock } = t.mock.method(workerThreads, "Worker");
  const Failing = class {
    constructor() {
      throw new Error("no thread is left");
    }
  };
  mock.mockImplementationOnce(/** @type {any} */ (Failing));
  syncBuiltinESMExports();
  t.after(syncBuiltinESMExports);
  await assert.rejects(recovery.inspect("a"), {
    name: "SessionRecoveryError",
    code: "other",
    message: "The component cannot be started: Error: no thread is left.",
  });
  assert.equal((await recovery.inspect("a")).recommendation, "restore");
});

/**
 * A recovery of one session, a signal that comes as soon as its thread has been given a call, and
 * how often a thread is ended.
 *
 * @param {import("node:test").TestContext} t
 */
async function interrupted(t) {
  const directory = directoryFor(t);
  const live = wiped(directory, "a");
  const recovery = await SessionRecovery.open(directory);
  t.mock.method(recovery, "sessions", async () => [{ sessionId: "a", live: true, backup: true }]);
  const ends = t.mock.method(Worker.prototype, "terminate");
  const stop = new AbortController();
  const { postMessage } = Worker.prototype;
  const { mock } = t.mock.method(Worker.prototype, "postMessage");
  mock.mockImplementationOnce(
    /** @this {Worker} */ function (/** @type {unknown} */ call) {
      postMessage.call(this, call);
      stop.abort("enough");
    },
  );
  return { recovery, live, signal: stop.signal, ended: () => ends.mock.callCount() };
}

for (const name of /** @type {const} */ (["audit", "plan", "inspectAll"])) {
  test(`a signal ends ${name} during a call, and the next call works`, async (t) => {
    const { recovery, signal, ended } = await interrupted(t);
    const isReason = (/** @type {unknown} */ error) => error === "enough";
    await assert.rejects(recovery[name]({ signal }), isReason);
    assert.equal(ended(), 1);
    await assert.rejects(recovery[name]({ signal }), isReason);
    assert.equal((await recovery.inspect("a")).recommendation, "restore");
  });
}

test("a signal ends no call that may be writing", async (t) => {
  const { recovery, live, signal, ended } = await interrupted(t);
  const answer = await recovery.recoverAll({ signal }).catch((error) => error);
  const text = session(answer instanceof SweepStopped ? 0 : 9);
  assert.deepEqual([readFileSync(live, "utf8"), ended()], [text, 0]);
  await recovery.recover("a");
  assert.equal(readFileSync(live, "utf8"), session(9));
});

test("what is no directory's name or no limit is refused", async (t) => {
  const directory = directoryFor(t);
  await assert.rejects(SessionRecovery.open(""), { code: "no-directory" });
  for (const limit of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
    await assert.rejects(SessionRecovery.open(directory, { maxTime: limit }), RangeError);
    await assert.rejects(SessionRecovery.open(directory, { maxMemory: limit }), RangeError);
  }
});

test("a merge appends what only the live file holds, and an undo takes it back", async (t) => {
  const directory = directoryFor(t);
  const live = join(directory, "a.json");
  const [old, merged] = ['{"messages": [9]}', '{"messages": [1, 2,9]}'];
  writeFileSync(live, old);
  writeFileSync(`${live}.bak`, '{"messages": [1, 2]}');
  const recovery = await SessionRecovery.open(directory);
  assert.equal((await recovery.inspect("a")).liveOnly, 1);
  const tried = await recovery.recover("a", { merge: true, dryRun: true });
  assert.deepEqual([tried.action, tried.merged, tried.kept], ["would-restore", 1, undefined]);
  const done = await recovery.recover("a", { merge: true });
  assert.deepEqual([done.merged, done.source, done.kept], [1, "a.json.bak", "a.json.replaced.1"]);
  assert.equal(readFileSync(live, "utf8"), merged);
  assert.equal((await recovery.undo("a", { dryRun: true })).action, "would-restore");
  assert.equal(readFileSync(live, "utf8"), merged);
  const undone = await recovery.undo("a");
  assert.deepEqual([undone.action, undone.source], ["restored", "a.json.replaced.1"]);
  assert.equal(readFileSync(live, "utf8"), old);
  const { sessions } = await recovery.recoverAll({ merge: true });
  assert.equal(sessions[0]?.merged, 1);
  assert.equal(readFileSync(live, "utf8"), merged);
});

test("a signal that comes with the last part stops nothing", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  const recovery = await SessionRecovery.open(directory);
  const stop = new AbortController();
  const { signal } = stop;
  const onProgress = () => stop.abort();
  const summary = await recovery.recoverAll({
    signal,
    onProgress: ({ done }) => done && onProgress(),
  });
  assert.equal(summary.restored, 1);
});

test("a closed recovery opens itself again", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  const recovery = await SessionRecovery.open(directory);
  await recovery.close();
  assert.equal((await recovery.inspect("a")).recommendation, "restore");
  await recovery.close();
});

test("an error has its code, what happened and what to do apart", () => {
  const error = new SessionRecoveryError("io", "The disk failed.", "Replace it.");
  assert.deepEqual(
    [error.code, error.message, error.remedy, String(error)],
    ["io", "The disk failed.", "Replace it.", "SessionRecoveryError: The disk failed. Replace it."],
  );
  const { code, message, remedy } = error;
  assert.deepEqual(JSON.parse(JSON.stringify(error)), { code, message, remedy });
});

test("an option that there is none of, or that is something else, is refused, and nothing done", async (t) => {
  const directory = directoryFor(t);
  const live = wiped(directory, "a");
  const recovery = await SessionRecovery.open(directory);
  const given = (/** @type {any} */ options) => [
    recovery.recover("a", options),
    recovery.recoverAll(options),
    recovery.recoverKnown(["a"], options),
    recovery.recoverSome(["a"], options),
    recovery.recoverFrom("a", "a.json.bak", options),
    recovery.undo("a", options),
    recovery.undoRun("run", options),
    recovery.preview("a", options),
    recovery.sessions(options),
    recovery.inspectAll(options),
    recovery.audit(options),
    recovery.plan(options),
    recovery.repair([], options),
    recovery.purge(["a"], options),
    recovery.purgeDeleted(options),
    recovery.prune(options),
    SessionRecovery.open(directory, options),
  ];
  for (const options of [{ dryrun: true }, { toString: true }, null, "dryRun", true]) {
    for (const call of given(options)) {
      await assert.rejects(call, TypeError, JSON.stringify(options));
    }
  }
  for (const option of ["dryRun", "discard", "merge", "ignoreGuards"]) {
    for (const value of [1, "true", null, {}]) {
      const options = /** @type {any} */ ({ [option]: value });
      for (const call of given(options)) await assert.rejects(call, TypeError, option);
    }
  }
  for (const options of /** @type {any[]} */ ([
    { signal: new AbortController() },
    { onProgress: true },
  ])) {
    await assert.rejects(recovery.recoverAll(options), TypeError);
    await assert.rejects(recovery.inspectAll(options), TypeError);
  }
  await assert.rejects(recovery.audit({ known: /** @type {any} */ ("a") }), TypeError);
  await assert.rejects(SessionRecovery.open(directory, /** @type {any} */ ({ maxTime: "1" })), {
    name: "TypeError",
    message: "maxTime is not a number",
  });
  await assert.rejects(recovery.undo("a", /** @type {any} */ ({ merge: true })), {
    name: "TypeError",
    message: "There is no option merge; there are dryRun, ignoreGuards, run",
  });
  assert.equal(readFileSync(live, "utf8"), session(0));
  assert.deepEqual(readdirSync(directory).sort(), ["a.json", "a.json.bak"]);
  const none = /** @type {{}} */ ({ dryRun: undefined, signal: undefined });
  assert.equal((await recovery.recoverAll(none)).restored, 1);
});

test("what watches is waited for, one part after the other", async (t) => {
  const directory = directoryFor(t);
  for (let number = 0; number < 40; number++) wiped(directory, `s${number}`);
  const recovery = await SessionRecovery.open(directory);
  for (const task of /** @type {const} */ (["inspectAll", "recoverAll"])) {
    /** @type {(string | number)[]} */
    const told = [];
    const onProgress = async (/** @type {{ done: number }} */ { done }) => {
      told.push(done);
      await recovery.sessions();
      told.push("read");
    };
    await recovery[task]({ onProgress });
    assert.deepEqual(told.slice(0, 2), [0, "read"]);
    assert.deepEqual(told.slice(-2), [40, "read"]);
    assert.ok(told.length > 4 && told.every((done, place) => (done === "read") === place % 2 > 0));
  }
});

test("a sweep that is stopped ends after the session under way, and tells all that it did", async (t) => {
  const directory = directoryFor(t);
  const ids = Array.from({ length: 60 }, (_, number) => `s${String(number).padStart(3, "0")}`);
  for (const id of ids) wiped(directory, id);
  const recovery = await SessionRecovery.open(directory);
  const stop = new AbortController();
  const sweep = recovery.recoverAll({ signal: stop.signal });
  while (readdirSync(directory).length === 2 * ids.length) await setImmediate();
  stop.abort();
  const error = await sweep.catch((error) => error);
  assert.ok(error instanceof SweepStopped);
  const told = error.summary.sessions.map(({ status, action }) => [status.sessionId, action]);
  const restored = ids.filter(
    (id) => readFileSync(join(directory, `${id}.json`), "utf8") !== session(0),
  );
  assert.deepEqual(
    told,
    restored.map((id) => [id, "restored"]),
  );
  assert.equal(error.summary.restored, restored.length);
  assert.deepEqual(leftovers(directory), []);
  assert.equal((await recovery.recoverAll()).restored, ids.length - restored.length);
});

test("a repair that is stopped says which changes were not begun", async (t) => {
  const directory = directoryFor(t);
  for (let number = 0; number < 100; number++) wiped(directory, `s${number}`);
  const recovery = await SessionRecovery.open(directory);
  const { changes } = await recovery.plan();
  const stop = new AbortController();
  const repair = recovery.repair(changes, { signal: stop.signal });
  while (readdirSync(directory).length === 2 * changes.length) await setImmediate();
  stop.abort();
  const results = await repair;
  assert.equal(results.length, changes.length);
  for (const { change, done, errors } of results) {
    const live = readFileSync(join(directory, `${change.sessionId}.json`), "utf8");
    assert.equal(live, session(done ? 9 : 0));
    if (!done) assert.match(errors[0]?.message ?? "", /^The repair was stopped before this change/);
  }
});
