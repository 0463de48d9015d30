// The program as a whole: its arguments, its sweep before it listens, and how it ends.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  chat,
  makeDirectory,
  manySessions,
  ON_PURPOSE,
  ONE_OF_EACH,
  SALVAGEABLE,
} from "./directory.js";
import { parseLines } from "./serving.js";

/** @import { TestContext } from "node:test" */

const MAIN = fileURLToPath(new URL("../main.js", import.meta.url));
const LIBRARY = new URL("../../src/index.js", import.meta.url).href;

/**
 * Runs the program until it ends by itself or, once it listens, by a signal.
 *
 * @param {TestContext} t
 * @param {string[]} words
 * @param {string[]} before those for Node itself
 */
async function run(t, words, before = []) {
  const program = spawn(process.execPath, [...before, MAIN, ...words]);
  t.after(() => program.kill("SIGKILL"));
  program.stdout.on("data", (/** @type {Buffer} */ data) => {
    if (data.includes("http://")) {
      program.kill("SIGTERM");
    }
  });
  const code = new Promise((resolve) => program.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(program.stdout), text(program.stderr)]);
  return { code: await code, stdout, stderr };
}

/**
 * @param {import("node:child_process").ChildProcessWithoutNullStreams} program
 * @returns {Promise<string>} where it listens
 */
function addressOf({ stdout }) {
  return new Promise((resolve) => {
    let said = "";
    stdout.on("data", (/** @type {Buffer} */ data) => {
      said += data;
      const [url] = /http:\/\/[^"\s]*\//.exec(said) ?? [];
      if (url) resolve(url);
    });
  });
}

/** @param {string} stdout */
function messages(stdout) {
  return parseLines(stdout).map(({ msg }) => msg);
}

test("with --sweep the server restores what lost messages before it listens, and logs each session", async (t) => {
  const directory = await makeDirectory(t, ONE_OF_EACH);
  const { code, stdout } = await run(t, ["--sessions", directory.path, "--port", "0", "--sweep"]);
  assert.equal(code, 0);
  const said = messages(stdout);
  assert.deepEqual(said.slice(0, 4), Array(4).fill("restored"));
  const [summary, open, ...rest] = said.slice(4);
  assert.equal(summary, "6 sessions checked, 4 restored");
  assert.match(open, /^open http:\/\/127\.0\.0\.1:\d+\/$/);
  assert.deepEqual(rest, ["SIGTERM: closing"]);
  assert.equal(await directory.read("wiped.json"), chat(1204));
  assert.equal(await directory.read("orphan.json"), chat(7));
});

test("the log says which live files were missing, and how many sessions are guarded", async (t) => {
  const directory = await makeDirectory(t, { ...ONE_OF_EACH, ...ON_PURPOSE });
  const { stdout } = await run(t, ["--sessions", directory.path, "--port", "0", "--sweep"]);
  const lines = parseLines(stdout);
  const gone = lines.filter(({ live }) => live === "missing").map(({ session_id }) => session_id);
  assert.deepEqual(gone, ["orphan"]);
  const { scanned, restored, failed, orphans, guarded } = lines.find(({ scanned }) => scanned);
  assert.deepEqual(
    { scanned, restored, failed, orphans, guarded },
    { scanned: 9, restored: 4, failed: 0, orphans: 2, guarded: 4 },
  );
  assert.equal(await directory.read("cleared.json"), ON_PURPOSE["cleared.json"]);
  await assert.rejects(directory.read("deleted.json"));
});

test("the sweep before it listens salvages nothing, and logs what is left", async (t) => {
  const directory = await makeDirectory(t, SALVAGEABLE);
  const { stdout } = await run(t, ["--sessions", directory.path, "--port", "0", "--sweep"]);
  assert.equal(await directory.read("a.json"), SALVAGEABLE["a.json.bak"]);
  const left = parseLines(stdout).find(({ gained }) => gained);
  const { msg, session_id, kept, name, gained } = left;
  assert.deepEqual(
    { msg, session_id, kept, name, gained },
    {
      msg: "a damaged file holds more messages",
      session_id: "a",
      kept: "a.json.replaced.1",
      name: "a.json",
      gained: 489,
    },
  );
});

test("a client that says nothing does not keep the server from ending", async (t) => {
  const directory = await makeDirectory(t, {});
  const words = ["--sessions", directory.path, "--port", "0"];
  const program = spawn(process.execPath, [MAIN, ...words]);
  t.after(() => program.kill("SIGKILL"));
  const [line] = await once(program.stdout, "data");
  const [, port] = String(line).match(/127\.0\.0\.1:(\d+)/) ?? [];
  const silent = connect(Number(port), "127.0.0.1");
  await once(silent, "connect");
  silent.on("error", () => {});
  program.kill("SIGTERM");
  assert.deepEqual(await once(program, "close"), [0, null]);
});

test("failures and oddities are warnings in the log", async (t) => {
  const directory = await makeDirectory(t, ONE_OF_EACH);
  await directory.block("wiped.json");
  await directory.block("attachments.json");
  const { stdout } = await run(t, ["--sessions", directory.path, "--port", "0", "--sweep"]);
  const warnings = parseLines(stdout).filter(({ level }) => level === 40);
  assert.equal(warnings.length, 2);
  assert.equal(warnings[0].session_id, "wiped");
  assert.match(warnings[0].errors[0].message, /cannot be replaced/);
  assert.match(warnings[1].msg, /^attachments\.json was skipped/);
});

test("without --sweep the server restores nothing", async (t) => {
  const directory = await makeDirectory(t, ONE_OF_EACH);
  const { stdout } = await run(t, ["--sessions", directory.path, "--port", "0"]);
  assert.match(messages(stdout)[0], /^open http/);
  assert.equal(await directory.read("wiped.json"), chat(0));
  assert.deepEqual((await directory.names()).sort(), Object.keys(ONE_OF_EACH).sort());
});

test("the server says what it restored at the start, and under which run", async (t) => {
  const directory = await makeDirectory(t, ONE_OF_EACH);
  for (const [words, expected] of /** @type {[string[], unknown[]][]} */ ([
    [["--sweep"], [4, 0, 6]],
    [[], []],
  ])) {
    const program = spawn(process.execPath, [
      ...[MAIN, "--sessions", directory.path, "--port", "0"],
      ...words,
    ]);
    t.after(() => program.kill("SIGKILL"));
    const url = await addressOf(program);
    const response = await fetch(`${url}api/session/directory`);
    const { name, swept, run } = /** @type {any} */ (await response.json());
    assert.equal(name, directory.path);
    assert.deepEqual(swept ? [swept.restored, swept.failed, swept.scanned] : [], expected);
    assert.match(String(run), words.length ? /^server-\d{8}T\d{6}Z-[0-9a-f]{4}$/ : /^null$/);
    program.kill("SIGTERM");
    await once(program, "close");
  }
});

test("a sweep that fails keeps no server from starting", async (t) => {
  const directory = await makeDirectory(t, ONE_OF_EACH);
  const failing =
    'import { SessionRecovery } from "session-recovery";' +
    'SessionRecovery.prototype.recoverAll = () => Promise.reject(new Error("as the test says"));';
  await directory.write("failing.mjs", failing.replace("session-recovery", LIBRARY));
  const words = ["--sessions", directory.path, "--port", "0", "--sweep"];
  const { code, stdout } = await run(t, words, ["--import", `${directory.path}/failing.mjs`]);
  assert.equal(code, 0);
  const [failure, open] = messages(stdout);
  assert.equal(failure, "The sweep failed. The server starts without it.");
  assert.match(open, /^open http/);
});

test("without a directory the server does not start, and says why", async (t) => {
  const directory = await makeDirectory(t, { file: "" });
  for (const [name, why] of [
    ["missing", "There is no directory PATH."],
    ["file", "PATH is a file, not a directory."],
    ["file/sessions", "PATH is a file, not a directory."],
  ]) {
    const path = `${directory.path}/${name}`;
    for (const words of [[], ["--sweep"]]) {
      const ran = await run(t, ["--sessions", path, "--port", "0", ...words]);
      assert.deepEqual([ran.code, ran.stdout], [2, ""]);
      const next = "Check that its disk is mounted and that --sessions names it.";
      assert.equal(ran.stderr, `error: ${why?.replace("PATH", path)} ${next}\n`);
    }
  }
});

test("a signal ends the sweep after the restore under way, all of which is logged", async (t) => {
  const files = manySessions(300, 300);
  const directory = await makeDirectory(t, files);
  const program = spawn(process.execPath, [
    ...[MAIN, "--sessions", directory.path, "--port", "0", "--sweep"],
  ]);
  t.after(() => program.kill("SIGKILL"));
  program.stdout.once("data", () => program.kill("SIGTERM"));
  const code = once(program, "close");
  const said = parseLines(await text(program.stdout));
  assert.deepEqual(await code, [0, null]);
  const logged = said.filter(({ msg }) => msg === "restored").map(({ session_id }) => session_id);
  const live = Object.keys(files).filter((name) => name.endsWith(".json"));
  const texts = await Promise.all(live.map(directory.read));
  const restored = live.filter((_, place) => texts[place] === chat(3));
  assert.deepEqual(
    logged,
    restored.map((name) => name.slice(0, -5)),
  );
  assert.ok(restored.length > 0 && restored.length < live.length);
  const names = await directory.names();
  assert.deepEqual(
    names.filter((name) => /^\.session-recovery-(?!log\.)/.test(name)),
    [],
  );
});

test("--help says how to start it", async (t) => {
  const { code, stdout } = await run(t, ["--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /Usage: node main\.js --sessions DIR/);
});

test("wrong arguments are explained, and nothing is started", async (t) => {
  /** @type {[string[], RegExp][]} */
  const expected = [
    [[], /--sessions DIR is missing/],
    [["--sessions", "d", "--port", "http"], /http is not a port/],
    [["--sessions", "d", "--port", "65536"], /65536 is not a port/],
    [["--sessions", "d", "--frobnicate"], /--frobnicate/],
    [["--sessions", "d", "more"], /more/],
  ];
  for (const [words, message] of expected) {
    const { code, stdout, stderr } = await run(t, words);
    assert.equal(code, 2, words.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.match(stderr, /--help\n$/);
  }
});

test("a port that is taken is reported in one line", async (t) => {
  const { createServer } = await import("node:net");
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once("listening", resolve));
  const address = /** @type {import("node:net").AddressInfo} */ (taken.address());
  const directory = await makeDirectory(t, {});
  const words = ["--sessions", directory.path, "--port", String(address.port)];
  const { code, stderr } = await run(t, words);
  assert.equal(code, 1);
  assert.match(stderr, /^error: Port \d+ is in use\. Choose another one with --port\.\n$/);
});

test("help that is not written in full is a failure", async () => {
  const program = spawn("sh", ["-c", '"$@" >/dev/full', "sh", process.execPath, MAIN, "--help"]);
  assert.equal(
    await text(program.stderr),
    "error: The answer cannot be written: No space left on device (os error 28).\n",
  );
  assert.equal(program.exitCode ?? (await once(program, "close"))[0], 1);
});

test("a log that cannot be written does not keep the server from ending, but is a failure", async (t) => {
  const directory = await makeDirectory(t, ONE_OF_EACH);
  const words = ["--sessions", directory.path, "--port", "0", "--sweep"];
  const script = ["-c", 'exec "$@" >/dev/full', "sh", process.execPath, MAIN, ...words];
  const program = spawn("sh", script);
  t.after(() => program.kill("SIGKILL"));
  while ((await directory.read("wiped.json")) === chat(0)) await setImmediate();
  program.kill("SIGTERM");
  assert.deepEqual(await once(program, "close"), [1, null]);
});
