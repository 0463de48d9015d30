// What the program does with several sessions, with sources and with runs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { directoryFor, run, runWith, session, wiped } from "./support.js";

const cli = fileURLToPath(new URL("../cli.js", import.meta.url));

/**
 * The answers of the program, one in each line.
 *
 * @param {string} directory
 * @param {string[]} words
 */
async function answers(directory, ...words) {
  const { stdout } = await run("--sessions", directory, "--json", ...words);
  return parsed(stdout);
}

/** @param {string} stdout */
function parsed(stdout) {
  return stdout.split("\n").flatMap((line) => (line ? [JSON.parse(line)] : []));
}

/**
 * @param {string} directory
 * @param {string} id
 */
function read(directory, id) {
  return readFileSync(join(directory, `${id}.json`), "utf8");
}

test("several sessions are restored one after the other, in one run", async (t) => {
  const directory = directoryFor(t);
  for (const id of ["aaa1", "bbb1", "ccc1"]) wiped(directory, id);
  const told = await answers(directory, "recover", "bbb", "aaa1.json", "ccc1.json.bak");
  assert.deepEqual(
    told.map(({ session_id, action }) => [session_id, action]),
    [
      ["bbb1", "restored"],
      ["aaa1", "restored"],
      ["ccc1", "restored"],
    ],
  );
  const [{ events }] = await answers(directory, "history");
  assert.equal(events.length, 3);
  const runs = [...new Set(events.map((/** @type {any} */ { run }) => run))];
  assert.equal(runs.length, 1);
  assert.match(String(runs[0]), /^node-\d{8}T\d{6}Z-[0-9a-f]{4}$/);
  const [undone] = await answers(directory, "undo", "--run", String(runs[0]));
  assert.deepEqual(
    undone.sessions.map((/** @type {any} */ { action }) => action),
    ["restored", "restored", "restored"],
  );
  assert.equal(read(directory, "aaa1"), session(0));
});

test("one session that fails keeps none of the others, and the exit code says so", async (t) => {
  const directory = directoryFor(t);
  for (const id of ["aaa", "ccc"]) wiped(directory, id);
  const words = ["--sessions", directory, "recover", "aaa", "nobody", "ccc"];
  const { code, stdout, stderr } = await run(...words);
  assert.equal(code, 1);
  assert.match(stderr, /^error: .*nobody.*\n$/);
  assert.equal(stdout.match(/Restored\./g)?.length, 2);
  assert.deepEqual(
    ["aaa", "ccc"].map((id) => read(directory, id)),
    Array(2).fill(session(9)),
  );
});

test("of several exit codes, 1 says more than any other", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "aaa");
  writeFileSync(join(directory, "bbb.json"), session(3));
  const code = async (/** @type {string[]} */ ...ids) =>
    (await run("--sessions", directory, "inspect", "--check", ...ids)).code;
  assert.deepEqual([await code("bbb", "bbb"), await code("aaa", "bbb")], [0, 3]);
  assert.deepEqual([await code("aaa", "nobody"), await code("nobody", "aaa")], [1, 1]);
});

test("the sessions may stand on standard input, one in each line", async (t) => {
  const directory = directoryFor(t);
  for (const id of ["aaa", "bbb", "ccc"]) wiped(directory, id);
  const words = ["--sessions", directory, "--json", "recover", "-"];
  const { code, stdout } = await runWith("\naaa\r\n\nbbb\n", ...words);
  assert.equal(code, 0);
  assert.deepEqual(
    parsed(stdout).map(({ session_id }) => session_id),
    ["aaa", "bbb"],
  );
  assert.equal(read(directory, "ccc"), session(0));
});

test("input that is not UTF-8 is no other session's ID", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "aaa");
  const words = ["--sessions", directory, "recover", "-"];
  const { code, stderr } = await runWith(Buffer.from([0x61, 0xff, 0x61, 0x0a]), ...words);
  assert.notEqual(code, 0);
  assert.match(stderr, /^error: /);
  assert.equal(read(directory, "aaa"), session(0));
});

test("input that cannot be read is said, and nothing is done", (t) => {
  const directory = directoryFor(t);
  wiped(directory, "aaa");
  const stdio = /** @type {const} */ ([openSync(join(directory, "written"), "w"), "pipe", "pipe"]);
  const words = [cli, "--sessions", directory, "recover", "-", "aaa"];
  const { status, stderr } = spawnSync(process.execPath, words, { stdio: [...stdio] });
  assert.equal(
    String(stderr),
    "error: Standard input cannot be read: Bad file descriptor (os error 9).\n",
  );
  assert.deepEqual([status, read(directory, "aaa")], [1, session(0)]);
});

test("the input is read only if it is asked for", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "aaa");
  wiped(directory, "bbb");
  const { code } = await runWith("bbb\n", "--sessions", directory, "recover", "aaa");
  assert.deepEqual([code, read(directory, "bbb")], [0, session(0)]);
});

test("sources are listed, shown, compared and put in place", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "aaa");
  writeFileSync(join(directory, "aaa.tmp.1.2"), session(20));
  const [{ best, sources }] = await answers(directory, "sources", "aaa");
  assert.deepEqual([best, sources.length], ["aaa.tmp.1.2", 3]);
  const [shown] = await answers(directory, "show", "aaa", "--from", "aaa.tmp.1.2");
  assert.deepEqual([shown.name, shown.messages, shown.first.length], ["aaa.tmp.1.2", 20, 3]);
  const [all] = await answers(directory, "show", "aaa", "--from", "aaa.tmp.1.2", "--all");
  assert.equal(all.first.length, 20);
  const [changed] = await answers(directory, "diff", "aaa", "--from", "aaa.tmp.1.2");
  assert.deepEqual([changed.brings, changed.brought.length, changed.first], [20, 20, []]);
  const [put] = await answers(directory, "recover", "aaa", "--from", "aaa.tmp.1.2");
  assert.deepEqual([put.action, put.source], ["restored", "aaa.tmp.1.2"]);
  assert.equal(read(directory, "aaa"), session(20));
  const none = await run("--sessions", directory, "recover", "aaa", "--from", "../aaa.json");
  assert.equal(none.code, 1);
  assert.match(none.stderr, /^error: .*\.\.\/aaa\.json/);
});

test("a sweep with --best takes the best sources", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "aaa");
  writeFileSync(join(directory, "aaa.tmp.1.2"), session(20));
  const [{ sessions }] = await answers(directory, "recover-all", "--best");
  assert.equal(sessions[0].source, "aaa.tmp.1.2");
  assert.equal(read(directory, "aaa"), session(20));
});

test("the list shows titles, and a terminal gets them escaped", async (t) => {
  const directory = directoryFor(t);
  const title = "\u001b[2J\u202eLisbon\r\n";
  writeFileSync(join(directory, "aaa.json"), JSON.stringify({ title, messages: [] }));
  const { stdout } = await run("--sessions", directory, "list");
  assert.match(stdout, /Lisbon/);
  for (const character of ["\u001b", "\u202e", "\r"]) assert.ok(!stdout.includes(character));
  const [{ sessions }] = await answers(directory, "list");
  assert.equal(sessions[0].title, title);
});

test("a run that there is none of is an error", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "aaa");
  const { code, stderr } = await run("--sessions", directory, "undo", "--run", "none");
  assert.equal(code, 1);
  assert.equal(
    stderr,
    "error: There is no run none that can be undone. `history` lists the runs.\n",
  );
});

test("an answer that cannot be printed ends the program before the next session", (t) => {
  const directory = directoryFor(t);
  for (const id of ["aaa", "bbb"]) wiped(directory, id);
  const stdio = /** @type {const} */ (["ignore", openSync("/dev/full", "w"), "pipe"]);
  const words = [cli, "--sessions", directory, "recover", "aaa", "bbb"];
  const { status } = spawnSync(process.execPath, words, { stdio: [...stdio] });
  assert.equal(status, 1);
  assert.deepEqual([read(directory, "aaa"), read(directory, "bbb")], [session(9), session(0)]);
});
