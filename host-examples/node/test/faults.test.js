// Every call between the component and the system goes wrong once, in every way: the answer is one
// that programs can branch on, and no bytes are lost.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { loadComponent } from "../src/component.js";
import { importsFor } from "../src/sandbox.js";
import { Meddling, meddleBelow, meddleWithWrapper } from "./meddling.js";
import { directoryFor } from "./support.js";

/** @import { Act } from "./meddling.js" */

/**
 * @typedef {object} Task
 * @property {string} name - Of the component's function.
 * @property {unknown} options
 * @property {Record<string, string>} before
 * @property {string} after - What the live file is to hold.
 */

const OLD = '{"messages": [9]}';
const NEW = '{"messages": [1, 2, 3]}';
const MERGED = '{"messages": [1, 2, 3,9]}';
const LOST = { "a.json": OLD, "a.json.bak": NEW };
const GONE = { "a.json.bak": NEW };
const RESTORED = { "a.json": NEW, "a.json.bak": NEW, "a.json.replaced.1": OLD };

/** @type {[string, Task][]} */
const TASKS = [
  ["a restore", { name: "recover", options: {}, before: LOST, after: NEW }],
  ["a merge", { name: "recover", options: { merge: true }, before: LOST, after: MERGED }],
  ["a restore of what is gone", { name: "recover", options: {}, before: GONE, after: NEW }],
  ["an undo", { name: "undo", options: {}, before: RESTORED, after: OLD }],
];

const WASI = ["io", "insufficient-space", "access", "read-only", "quota", "interrupted", "busy"];
const NODE = ["ENOSPC", "EISDIR", "EIO", "EROFS", "EACCES", "EDQUOT", "EINTR", "EBUSY", "EMFILE"];

const CODES = [
  "read-only",
  "no-permission",
  "not-a-regular-file",
  "changed",
  "not-mergeable",
  "no-space",
  "exhausted",
  "io",
  "other",
];
const LEFTOVER = /^\.session-recovery-[0-9a-f]{32}\.(staging|claim)$/;

const instantiate = await loadComponent("session-recovery", 64);

for (const [title, task] of TASKS) {
  test(`each function that ${title} calls fails once with each WASI error`, async (t) => {
    await tryAll(t, task, false, WASI.map(failing), 20);
  });

  test(`each function below ${title} fails once with each error of Node`, async (t) => {
    await tryAll(t, task, true, NODE.map(systemError).map(failing), 40);
  });

  test(`each read and write of ${title} is short once, or gives nothing`, async (t) => {
    await tryAll(t, task, false, [shortened(1), shortened(0)], 20);
  });
}

/**
 * Does the task over and over, and each time another call goes wrong.
 *
 * @param {import("node:test").TestContext} t
 * @param {Task} task
 * @param {boolean} isBelow - Whether functions below the wrapper fail rather than its own.
 * @param {Act[]} acts
 * @param {number} fewest - How many calls there are at least.
 */
async function tryAll(t, task, isBelow, acts, fewest) {
  let meddling = new Meddling(-1, () => {});
  const directory = directoryFor(t);
  const imports = importsFor(directory, "read-write");
  meddleWithWrapper(imports, () => meddling, isBelow);
  if (isBelow) t.after(meddleBelow(() => meddling));
  const { recovery } = instantiate(imports);
  const attempt = () => meddling.during(() => answerOf(recovery, task));
  lay(directory, task);
  assert.equal((await attempt()).action, "restored");
  const { calls } = meddling;
  assert.ok(calls >= fewest, `${calls}`);
  for (const act of acts) {
    for (let victim = 0; victim < calls; victim++) {
      lay(directory, task);
      meddling = new Meddling(victim, act);
      const answer = await attempt();
      const what = `call ${victim}, in ${meddling.where}: ${inspect(answer)}`;
      requireTyped(answer, what);
      requireWhole(directory, task, answer, what);
      requireTidy(directory, answer, meddling, what);
      await requireEnd(directory, recovery, task, what);
    }
  }
  t.diagnostic(`${calls * acts.length} trials: ${calls} calls, ${acts.length} ways each`);
}

/**
 * @param {string} directory
 * @param {Task} task
 */
function lay(directory, { before }) {
  for (const name of readdirSync(directory)) rmSync(join(directory, name));
  for (const [name, text] of Object.entries(before)) writeFileSync(join(directory, name), text);
}

/**
 * @param {any} recovery
 * @param {Task} task
 * @returns {Promise<any>} the outcome, or the component's own error
 */
async function answerOf(recovery, { name, options }) {
  try {
    return recovery[name]("a", options);
  } catch (error) {
    const { payload } = /** @type {any} */ (error);
    return payload ?? { untyped: error };
  }
}

/**
 * @param {any} answer
 * @param {string} what
 */
function requireTyped({ action = "failed", errors, code, message, untyped }, what) {
  assert.equal(untyped, undefined, what);
  assert.match(action, /^(nothing|restored|restored-unconfirmed|failed)$/, what);
  /** @type {any[]} */
  const told = errors ?? [{ code, message }];
  for (const error of told) assert.ok(CODES.includes(error.code) && error.message, what);
  if (action === "failed" || action === "restored-unconfirmed") assert.ok(told.length > 0, what);
}

/**
 * The live file is the old one or the new one, as was said, and what was there still is somewhere.
 *
 * @param {string} directory
 * @param {Task} task
 * @param {any} answer
 * @param {string} what
 */
function requireWhole(directory, { before, after }, { action = "failed" }, what) {
  const isDone = action.startsWith("restored");
  const live = read(directory, "a.json");
  assert.equal(live, isDone ? after : before["a.json"], what);
  assert.equal(read(directory, "a.json.bak"), before["a.json.bak"], what);
  const kept = readdirSync(directory).filter((name) => name.startsWith("a.json.replaced."));
  const held = [live, ...kept.map((name) => read(directory, name))];
  for (const text of [before["a.json"], before["a.json.replaced.1"]]) {
    assert.ok(text === undefined || held.includes(text), what);
  }
}

/**
 * No staging file and no claim is left, unless it was its removal that failed, or the look at whose
 * claim it is, and then it is named.
 *
 * @param {string} directory
 * @param {any} answer
 * @param {Meddling} meddling
 * @param {string} what
 */
function requireTidy(directory, { errors = [] }, { where }, what) {
  for (const name of leftovers(directory)) {
    const isLook = name.endsWith(".claim") && where.startsWith("metadataHash");
    assert.ok(where === "unlinkFileAt" || isLook, what);
    assert.ok(
      errors.some((/** @type {any} */ { message }) => message.includes(name)),
      what,
    );
  }
}

/**
 * The next run finds what it needs, and leaves nothing behind.
 *
 * @param {string} directory
 * @param {any} recovery
 * @param {Task} task
 * @param {string} what
 */
async function requireEnd(directory, recovery, task, what) {
  if (read(directory, "a.json") !== task.after) {
    const { action } = await answerOf(recovery, task);
    assert.equal(action, "restored", what);
  }
  assert.equal(read(directory, "a.json"), task.after, what);
  if (leftovers(directory).length > 0) recovery.recoverSome([], {});
  assert.deepEqual(leftovers(directory), [], what);
}

/**
 * @param {string} directory
 * @param {string} name
 * @returns {string | undefined} nothing where there is no such file
 */
function read(directory, name) {
  const path = join(directory, name);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** @param {string} directory */
function leftovers(directory) {
  return readdirSync(directory).filter((name) => LEFTOVER.test(name));
}

/**
 * What ends a file ends it also where it fails.
 *
 * @param {unknown} error
 * @returns {Act}
 */
function failing(error) {
  return (call, args, name) => {
    if (/close|dispose/i.test(name)) call(...args);
    throw error;
  };
}

/** @param {string} code */
function systemError(code) {
  return Object.assign(new Error(`${code}: as the test says`), { code, syscall: "test" });
}

/**
 * @param {number} most - Bytes.
 * @returns {Act}
 */
function shortened(most) {
  return (call, args, name) => {
    const [first, ...rest] = args;
    if (name === "write") return most === 0 ? 0n : call(first.subarray(0, most), ...rest);
    if (name !== "read") return call(...args);
    return most === 0 ? [new Uint8Array(), false] : call(BigInt(most), ...rest);
  };
}
