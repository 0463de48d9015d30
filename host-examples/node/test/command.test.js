// What the program promises beyond the list of cases.

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { directoryFor, nested, run, session, unreachable, wiped } from "./support.js";

const cli = fileURLToPath(new URL("../cli.js", import.meta.url));

test("help teaches, and is no failure", async () => {
  const { code, stdout } = await run("--help");
  assert.equal(code, 0);
  for (const word of [
    "--sessions",
    "inspect",
    "sources ID",
    "--dry-run",
    "--ignore-guards",
    "audit",
    "Exit code",
  ]) {
    assert.ok(stdout.includes(word), word);
  }
});

test("wrong arguments are explained, with exit code 2 and nothing done", async (t) => {
  const directory = directoryFor(t);
  const live = wiped(directory, "a");
  for (const [words, why] of /** @type {[string[], RegExp][]} */ ([
    [[], /Usage: session-recovery --sessions <DIR>/],
    [["--sessions", "", "recover-all"], /--sessions <DIR> is missing/],
    [["--sessions", directory], /session-recovery --sessions <DIR> \[OPTIONS\] <COMMAND>/],
    [["--sessions", directory, "restore"], /unrecognized subcommand 'restore'/],
    [["--sessions", directory, "recover"], /required arguments were not provided/],
    [["--sessions", directory, "recover", "a", "b", "--from", "x"], /--from names a file of one/],
    [["--sessions", directory, "recover-all", "--from", "x"], /--from applies only to/],
    [["--sessions", directory, "undo", "a", "--run", "r"], /cannot be used with '--run <RUN>'/],
    [["--sessions", directory, "recover", "a", "--best"], /--best applies only to recover-all/],
    [["--sessions", directory, "recover-all", "a"], /unexpected argument 'a'/],
    [["--sessions", directory, "repair", "a"], /unexpected argument 'a'/],
    [["--sessions", directory, "--force", "recover-all"], /--force applies only to recover/],
    [
      ["--sessions", directory, "--max-time", "soon", "list"],
      /invalid value '[a-z0-9]+' for '--max-time/,
    ],
    [
      ["--sessions", directory, "--max-time", "1e3", "list"],
      /invalid value '[a-z0-9]+' for '--max-time/,
    ],
    [
      ["--sessions", directory, "--max-memory", "0", "list"],
      /invalid value '[0-9]+' for '--max-memory/,
    ],
    [
      ["--sessions", directory, "--max-memory", "4097", "list"],
      /invalid value '[0-9]+' for '--max-memory/,
    ],
    [["--sessions", directory, "undo"], /required arguments were not provided/],
    [
      ["--sessions", directory, "repair", "--merge"],
      /--merge applies only to recover and recover-all/,
    ],
    [["--sessions", directory, "undo", "a", "--discard"], /--discard applies only to recover/],
    [
      ["--ignore-guards", "--sessions", directory, "audit"],
      /--ignore-guards applies only to recover/,
    ],
    [["--sessions", directory, "\u001b[31m"], /\\u\{1b\}\[31m/],
    [
      ["--sessions", directory, "--sessions", "b", "recover", "a"],
      /'--sessions <DIR>' cannot be used/,
    ],
    [
      ["--max-time=1", "--sessions", directory, "--max-time=2", "list"],
      /'--max-time <SECONDS>' cannot be used/,
    ],
    [["--json", "--sessions", directory, "--json", "recover", "a"], /'--json' cannot be used/],
  ])) {
    const { code, stdout, stderr } = await run(...words);
    assert.deepEqual([code, stdout], [2, ""], words.join(" "));
    assert.match(stderr, why);
    assert.ok(!stderr.includes("\u001b"));
  }
  assert.equal(readFileSync(live, "utf8"), session(0));
});

test("options may stand before and after the command, and an id after --", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "-a");
  const { code, stdout } = await run("inspect", "--sessions", directory, "--json", "--", "-a");
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).session_id, "-a");
});

test("a directory that is not there is an error, unless it need not be there", async (t) => {
  const missing = join(directoryFor(t), "none");
  const refused = await run("--sessions", missing, "recover-all");
  assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  assert.match(refused.stderr, /^error: There is no directory .*none\. .*--missing-ok/);
  const { code, stderr } = await run("--sessions", missing, "recover-all", "--missing-ok");
  assert.deepEqual([code, stderr], [0, ""]);
});

test("the name of a session's file is as good as its id", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  wiped(directory, "b.json");
  for (const [given, id] of [
    ["a.json", "a"],
    ["a.json.bak", "a"],
    ["b.json", "b.json"],
    ["b.json.json", "b.json"],
  ]) {
    const { stdout } = await run("--sessions", directory, "--json", "inspect", String(given));
    assert.equal(JSON.parse(stdout).session_id, id);
  }
  const { code, stderr } = await run("--sessions", directory, "recover", "c.json");
  assert.equal(code, 1);
  assert.match(stderr, /^error: There is no session c in this directory\./);
});

test("a check has an exit code of its own", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  const words = ["--sessions", directory, "recover-all", "--check"];
  assert.equal((await run(...words, "--dry-run")).code, 3);
  assert.equal((await run(...words)).code, 0);
});

test("a directory that cannot be reached is an error, and not a missing one", async (t) => {
  for (const [path, code, message] of unreachable(directoryFor(t))) {
    for (const words of [["recover-all"], ["audit"], ["inspect", "a"], ["list", "--missing-ok"]]) {
      const told = await run("--sessions", path, "--json", ...words);
      const { error, remedy, ...others } = JSON.parse(told.stdout);
      assert.deepEqual(others, { code: code.replace("-", "_") });
      assert.equal(error, `${message} ${remedy}`);
      assert.deepEqual([told.code, told.stderr], [code === "io" ? 1 : 2, `error: ${error}\n`]);
    }
  }
});

test("an id that is not UTF-8 is not taken for another one", (t) => {
  const directory = directoryFor(t);
  const live = wiped(directory, "\ufffd");
  const script = `"$0" "$1" --sessions "$2" recover "$(printf '\\377')"`;
  const { status, stderr } = spawnSync("sh", ["-c", script, process.execPath, cli, directory]);
  assert.deepEqual([status, readFileSync(live, "utf8")], [2, session(0)]);
  assert.match(String(stderr), /^error: the ID \ufffd is not UTF-8/);
});

test("errors go to standard error, in a line each", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  mkdirSync(join(directory, "b.json"));
  execFileSync("cp", [join(directory, "a.json.bak"), join(directory, "b.json.bak")]);
  const { code, stderr } = await run("--sessions", directory, "recover-all");
  assert.equal(code, 1);
  assert.equal(
    stderr,
    "error: b.json cannot be replaced. It is a directory, not a regular file. Move it away, then run the same command again.\n",
  );
});

test("a call that needs more memory than allowed is an answer like any other", async (t) => {
  const directory = directoryFor(t);
  nested(directory, "a");
  const words = ["--sessions", directory, "--json", "recover", "a"];
  const { code, stdout, stderr } = await run(...words, "--max-memory", "2");
  const remedy = "Allow more memory (--max-memory, maxMemory).";
  const error = `The call needs more than 2 MiB of memory. ${remedy}`;
  assert.deepEqual(JSON.parse(stdout), { error, code: "other", remedy });
  assert.deepEqual([code, stderr], [1, `error: ${error}\n`]);
  assert.equal(JSON.parse((await run(...words)).stdout).action, "restored");
});

test("a private session stays private", async (t) => {
  const directory = directoryFor(t);
  const live = wiped(directory, "a", 0o600);
  assert.equal((await run("--sessions", directory, "recover", "a")).code, 0);
  assert.equal(statSync(live).mode & 0o777, 0o600);
});

test("a terminal sees how far a sweep is", async (t) => {
  const directory = directoryFor(t);
  wiped(directory, "a");
  const command = `${process.execPath} ${cli} --sessions ${directory} recover-all`;
  const seen = execFileSync("script", ["-qec", command, "/dev/null"], { encoding: "utf8" });
  assert.match(seen, /0 of 1 sessions/);
  assert.match(seen, /Checked 1 session: 1 restored/);
});

test("a reader that goes away ends the program quietly", async (t) => {
  const directory = directoryFor(t);
  for (let number = 0; number < 30; number++) wiped(directory, `s${number}`);
  const program = spawn(process.execPath, [cli, "--sessions", directory, "list"]);
  program.stdout.destroy();
  let said = "";
  program.stderr.on("data", (piece) => {
    said += piece;
  });
  await once(program, "close");
  assert.equal(said, "");
});

/**
 * Runs the program in a shell, with its standard output or error where the test says.
 *
 * @param {string} script - With `"$@"` where the program stands.
 * @param {string[]} words
 */
function inShell(script, ...words) {
  const { status, stdout, stderr } = spawnSync(
    "bash",
    ["-c", script, "bash", process.execPath, cli, ...words],
    { encoding: "utf8" },
  );
  return { code: status, stdout, stderr };
}

test("an answer that is not written in full is a failure, and so is help", (t) => {
  const directory = directoryFor(t);
  for (let number = 0; number < 300; number++) {
    writeFileSync(join(directory, `${"x".repeat(50)}${number}.json`), session(1));
  }
  const file = join(directoryFor(t), "answer");
  for (const words of [
    ["--sessions", directory, "list"],
    ["--sessions", directory, "--json", "list"],
    ["--help"],
  ]) {
    const full = inShell('"$@" >/dev/full', ...words);
    assert.deepEqual(full, {
      code: 1,
      stdout: "",
      stderr: "error: The answer cannot be written: No space left on device (os error 28).\n",
    });
    const limited = inShell(`ulimit -f 1; "$@" >${file}`, ...words);
    assert.equal(limited.code, 1, words.join(" "));
    assert.match(limited.stderr, /^error: The answer cannot be written: File too large/);
    assert.equal(statSync(file).size, 1024);
  }
  assert.equal(inShell('"$@" >/dev/full', "--version").code, 1);
});

test("an answer that is not read to its end is a failure", (t) => {
  const directory = directoryFor(t);
  for (let number = 0; number < 3000; number++) {
    writeFileSync(join(directory, `${"x".repeat(50)}${number}.json`), session(1));
  }
  const words = ["--sessions", directory, "list"];
  const { code, stderr } = inShell('set -o pipefail; "$@" | head -c 10', ...words);
  assert.deepEqual([code, stderr], [1, ""]);
});

test("what goes wrong and cannot be told is a failure all the same", (t) => {
  const missing = join(directoryFor(t), "missing");
  assert.equal(inShell('"$@" 2>/dev/full', "--sessions", missing, "list").code, 1);
  assert.equal(inShell('"$@" 2>/dev/full', "--frobnicate").code, 1);
});

test("a sweep says once that a file system is read-only", (t) => {
  const directory = directoryFor(t);
  for (const id of ["a", "b", "c"]) wiped(directory, id);
  const script =
    'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && "$2" "$3" --sessions "$1" recover-all';
  const apart = ["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"];
  const { status, stdout, stderr } = spawnSync(
    "unshare",
    [...apart, directory, process.execPath, cli],
    { encoding: "utf8" },
  );
  if (!stdout) return t.skip(`nothing can be mounted here: ${stderr}`);
  assert.equal(status, 1);
  assert.match(stdout, /3 failed/);
  assert.equal(
    stderr,
    "error: The session directory is read-only: no file can be created in it. Check that its file system is mounted for writing, and run this as a user who may write in the directory.\n",
  );
});
