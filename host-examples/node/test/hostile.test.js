// A directory that somebody filled with traps, and beside it what nobody may touch.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { SessionRecovery, SessionRecoveryError } from "../src/index.js";
import { directoryFor, session, wiped } from "./support.js";

/** @import { TestContext } from "node:test" */
/** @import { Outcome, Status } from "../src/types.js" */

/** What a test of a hang waits for at the most; it is ended by the library before. */
const PATIENCE = { timeout: 300_000 };
const MAX_TIME = 60;

const staging = (/** @type {string} */ digit) => `.session-recovery-${digit.repeat(32)}.staging`;

test("no trap in the directory leads out of it or holds anything up", PATIENCE, async (t) => {
  const base = directoryFor(t);
  const canary = plantCanary(join(base, "canary"));
  const directory = join(base, "sessions");
  mkdirSync(directory);
  setLinks(directory, canary);
  setHardLinks(directory, canary);
  await setOtherKinds(t, directory);
  const named = setNames(directory);
  const live = wiped(directory, "sound");
  const [outside, traps] = [fingerprint(canary), otherKinds(directory)];

  const recovery = await SessionRecovery.open(directory, { maxTime: MAX_TIME });
  const entries = await recovery.sessions();
  const ids = new Set([...entries.flatMap(({ sessionId }) => sessionId ?? []), ...named]);
  await recovery.inspectAll();
  await recovery.recoverAll({ dryRun: true });
  const { sessions } = await recovery.recoverAll();
  const unanswered = sessions.filter(({ errors }) => errors.some(({ code }) => code === "other"));
  assert.deepEqual(
    unanswered.map(({ status }) => status.sessionId),
    ["x".repeat(246)],
  );
  assert.equal(readFileSync(live, "utf8"), session(9));
  for (const id of ids) {
    await answered(recovery.inspect(id));
    await answered(recovery.recover(id));
    await answered(recovery.undo(id));
    await answered(recovery.recover(id, { merge: true }));
  }
  await recovery.recoverAll({ merge: true, discard: true, ignoreGuards: true });
  await recovery.audit({ known: [...ids] });
  const repaired = await recovery.repair((await recovery.plan()).changes);
  assert.ok(repaired.some(({ kept }) => kept === "_index.json.replaced.2"));
  assert.ok(ids.size > 30, `${ids.size}`);
  assert.equal(readFileSync(live, "utf8"), session(9));
  assert.deepEqual(otherKinds(directory), traps);
  assert.deepEqual(fingerprint(canary), outside);
});

test("a live file that has a second name outside is replaced, and the other stays", async (t) => {
  const base = directoryFor(t);
  const directory = join(base, "sessions");
  mkdirSync(directory);
  const outside = join(base, "outside");
  const live = wiped(directory, "a");
  linkSync(live, outside);
  const recovery = await SessionRecovery.open(directory);
  assert.equal((await recovery.recover("a")).action, "restored");
  assert.deepEqual(
    [readFileSync(live, "utf8"), readFileSync(outside, "utf8")],
    [session(9), session(0)],
  );
  assert.equal((await recovery.undo("a")).action, "restored");
  assert.notEqual(lstatSync(live).ino, lstatSync(outside).ino);
});

/**
 * What must stay as it is, and is worth stealing.
 *
 * @param {string} canary
 */
function plantCanary(canary) {
  mkdirSync(join(canary, "folder"), { recursive: true });
  for (const [name, text, mode] of /** @type {[string, string, number][]} */ ([
    ["victim.json", session(0), 0o600],
    ["victim.json.bak", session(9), 0o640],
    ["longer.json", session(20), 0o444],
    ["hard.json", session(0), 0o666],
    ["hard.bak", session(9), 0o600],
    ["hard.kept", session(4), 0o600],
    ["hard.staging", "half", 0o600],
    ["folder/victim.json", session(0), 0o755],
  ])) {
    writeFileSync(join(canary, name), text);
    chmodSync(join(canary, name), mode);
    utimesSync(join(canary, name), 1000, 2000);
  }
  return canary;
}

/**
 * Links as live files, backups, kept files and staging files: in, out, to nowhere, in a circle.
 *
 * @param {string} directory
 * @param {string} canary
 */
function setLinks(directory, canary) {
  wiped(directory, "inner");
  const targets = {
    in: "inner.json",
    out: "../canary/victim.json",
    absolute: join(canary, "victim.json"),
    longer: join(canary, "longer.json"),
    nowhere: "no-such-file",
    nothing: "../canary/made-by-you.json",
    folder: "../canary/folder",
    device: "/dev/zero",
    self: "link-self.json",
  };
  for (const [name, target] of Object.entries(targets)) {
    const place = (/** @type {string} */ file) => symlinkSync(target, join(directory, file));
    place(`link-${name}.json`);
    writeFileSync(join(directory, `link-${name}.json.bak`), session(9));
    writeFileSync(join(directory, `bak-${name}.json`), session(0));
    place(`bak-${name}.json.bak`);
    place(`both-${name}.json`);
    place(`both-${name}.json.bak`);
    wiped(directory, `kept-${name}`);
    place(`kept-${name}.json.replaced.1`);
    place(`kept-${name}.json.replaced.99`);
  }
  symlinkSync("../canary/victim.json", join(directory, "_deleted_webui_sessions.json"));
  symlinkSync("../canary/folder", join(directory, "_turn_journal"));
  symlinkSync("../canary/victim.json", join(directory, "_index.json.replaced.1"));
  symlinkSync("round-b.json", join(directory, "round-a.json"));
  symlinkSync("round-a.json", join(directory, "round-b.json"));
  symlinkSync("../canary/victim.json", join(directory, staging("a")));
  symlinkSync("../canary/folder", join(directory, staging("b")));
}

/**
 * @param {string} directory
 * @param {string} canary
 */
function setHardLinks(directory, canary) {
  const place = (/** @type {string} */ victim, /** @type {string} */ name) =>
    linkSync(join(canary, victim), join(directory, name));
  place("hard.json", "hard.json");
  writeFileSync(join(directory, "hard.json.bak"), session(9));
  writeFileSync(join(directory, "hard-bak.json"), session(0));
  place("hard.bak", "hard-bak.json.bak");
  wiped(directory, "hard-kept");
  place("hard.kept", "hard-kept.json.replaced.7");
  place("hard.staging", staging("c"));
}

/**
 * FIFOs, sockets and directories.
 *
 * @param {TestContext} t
 * @param {string} directory
 */
async function setOtherKinds(t, directory) {
  const makers = {
    fifo: async (/** @type {string} */ path) => execFileSync("mkfifo", [path]),
    socket: (/** @type {string} */ path) => listen(t, path),
    directory: async (/** @type {string} */ path) => mkdirSync(path),
  };
  for (const [kind, make] of Object.entries(makers)) {
    await make(join(directory, `${kind}.json`));
    await make(join(directory, `${kind}.json.bak`));
    await make(join(directory, `${kind}-live.json`));
    writeFileSync(join(directory, `${kind}-live.json.bak`), session(9));
    writeFileSync(join(directory, `${kind}-bak.json`), session(0));
    await make(join(directory, `${kind}-bak.json.bak`));
    wiped(directory, `${kind}-kept`);
    await make(join(directory, `${kind}-kept.json.replaced.5`));
  }
  execFileSync("mkfifo", [join(directory, staging("d"))]);
  mkdirSync(join(directory, staging("e")));
  writeFileSync(join(directory, staging("e"), "inside"), "x");
}

/**
 * @param {TestContext} t
 * @param {string} path
 */
async function listen(t, path) {
  const server = createServer().listen(path);
  t.after(() => server.close());
  await once(server, "listening");
}

/**
 * Names that are long, no text, or mean something elsewhere.
 *
 * @param {string} directory
 */
function setNames(directory) {
  const ids = [
    "x".repeat(246),
    "ä".repeat(119),
    "..\\canary\\victim",
    "..\\..\\etc\\passwd",
    "C:\\victim",
    "con",
    ".",
    "..",
    "",
    " ",
    "-",
    "--discard",
    "_index",
    "a\nb",
    "\u202e",
    "\ufeff",
    "%2e%2e%2fcanary",
    "__proto__",
  ];
  for (const id of ids) wiped(directory, id);
  writeFileSync(join(directory, `${"x".repeat(250)}.json`), session(0));
  for (const name of ["\xff.json", "\xff.json.bak", "con.json.replaced.\xff", "\xff.staging"]) {
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(name, "latin1")]), "x");
  }
  return ids;
}

/**
 * Each question has an answer, and none of them is that the component failed or took too long.
 *
 * @param {Promise<Status | Outcome>} answer
 */
async function answered(answer) {
  try {
    await answer;
  } catch (error) {
    assert.ok(error instanceof SessionRecoveryError, String(error));
    assert.equal(error.code, "invalid-session-id", error.message);
  }
}

/**
 * What is no regular file, and where it leads.
 *
 * @param {string} directory
 */
function otherKinds(directory) {
  return readdirSync(directory, { encoding: "buffer" })
    .map((name) => ({ name, path: Buffer.concat([Buffer.from(`${directory}/`), name]) }))
    .map(({ name, path }) => ({ name: name.toString("latin1"), path, stats: lstatSync(path) }))
    .filter(({ stats }) => !stats.isFile())
    .map(({ name, path, stats }) => [
      name,
      stats.ino,
      stats.mode,
      stats.isSymbolicLink() ? readlinkSync(path) : "",
    ])
    .sort();
}

/**
 * Everything about a tree that a program could change in it.
 *
 * @param {string} root
 * @returns {unknown[]}
 */
function fingerprint(root) {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .concat(".")
    .sort()
    .map((name) => {
      const path = join(root, name);
      const { mode, uid, gid, ino, size, mtimeNs } = lstatSync(path, { bigint: true });
      const isFile = lstatSync(path).isFile();
      const digest = isFile && createHash("sha256").update(readFileSync(path)).digest("hex");
      return [name, mode, uid, gid, ino, isFile && size, mtimeNs, digest];
    });
}
