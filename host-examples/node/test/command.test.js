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
    "recover-all --dry-run",
    "--ignore-guards",
    "audit",
    "Exit code",
  ]) {
    assert.ok(stdout.includes(word), word);
  }
});

test("wrong words are explained, with exit code 1 and nothing done", async (t) => {
  const directory = directoryFor(t);
  const live = wiped(directory, "a");
  for (const [words, why] of /** @type {[string[], RegExp][]} */ ([
    [[], /--sessions <DIR> is missing/],
    [["--sessions", "", "recover-all"], /--sessions <DIR> is missing/],
    [["--sessions", directory], /a command is missing/],
    [["--sessions", directory, "restore"], /there is no command restore/],
    [["--sessions", directory, "recover"], /recover needs the ID/],
    [["--sessions", directory, "recover", "a", "b"], /one word too many: b/],
    [["--sessions", directory, "recover-all", "a"], /one word too many: a/],
    [["--sessions", directory, "repair", "a"], /one word too many: a/],
    [["--sessions", directory, "--force", "recover-all"], /--force is for recover only/],
    [["--sessions", directory, "--max-time", "soon", "list"], /no number of seconds/],
    [["--sessions", directory, "--max-time", "1e3", "list"], /no number of seconds/],
    [["--sessions", directory, "--max-memory", "0", "list"], /no number of MiB up to 4096/],
    [["--sessions", directory, "--max-memory", "4097", "list"], /no number of MiB up to 4096/],
    [["--sessions", directory, "undo"], /undo needs the ID/],
    [["--sessions", directory, "repair", "--merge"], /--merge is for recover and recover-all only/],
    [["--sessions", directory, "undo", "a", "--discard"], /--discard is for recover/],
    [["--ignore-guards", "--sessions", directory, "audit"], /--ignore-guards is for recover/],
    [["--sessions", directory, "\u001b[31m"], /\\u\{1b\}\[31m/],
    [
      ["--sessions", directory, "--sessions", "b", "recover", "a"],
      /'--sessions' cannot be used mult/,
    ],
    [
      ["--max-time=1", "--sessions", directory, "--max-time=2", "list"],
      /'--max-time' cannot be used/,
    ],
    [["--json", "--sessions", directory, "--json", "recover", "a"], /'--json' cannot be used/],
  ])) {
    const { code, stdout, stderr } = await run(...words);
    assert.deepEqual([code, stdout], [1, ""], words.join(" "));
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

test("a directory that is not there is pointed out", async (t) => {
  const { code, stderr } = await run("--sessions", join(directoryFor(t), "none"), "recover-all");
  assert.equal(code, 0);
  assert.match(stderr, /note: there is no directory/);
});

test("a directory that cannot be reached is an error, and not a missing one", async (t) => {
  for (const [path, cause] of unreachable(directoryFor(t))) {
    const error = `${path} cannot be opened: ${cause}. Remedy: name the directory that holds the sessions.`;
    for (const words of [["recover-all"], ["audit"], ["inspect", "a"]]) {
      const { code, stdout, stderr } = await run("--sessions", path, "--json", ...words);
      assert.deepEqual([code, stderr], [1, `error: ${error}\n`]);
      assert.deepEqual(JSON.parse(stdout), { error, code: "no_directory" });
    }
  }
});

test("an id that is not UTF-8 is not taken for another one", (t) => {
  const directory = directoryFor(t);
  const live = wiped(directory, "\ufffd");
  const script = `"$0" "$1" --sessions "$2" recover "$(printf '\\377')"`;
  const { status, stderr } = spawnSync("sh", ["-c", script, process.execPath, cli, directory]);
  assert.deepEqual([status, readFileSync(live, "utf8")], [1, session(0)]);
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
    "error: b.json cannot be replaced. It is a directory, not a regular file. Remedy: move it away, then run again.\n",
  );
});

test("a call that needs more memory than allowed is an answer like any other", async (t) => {
  const directory = directoryFor(t);
  nested(directory, "a");
  const words = ["--sessions", directory, "--json", "recover", "a"];
  const { code, stdout, stderr } = await run(...words, "--max-memory", "2");
  const error = "The call needs more than 2 MiB of memory. Remedy: allow more.";
  assert.deepEqual(JSON.parse(stdout), { error, code: "other" });
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
  assert.match(seen, /0 of 1 sessions with a backup/);
  assert.match(seen, /1 session scanned, 1 restored/);
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
  const { code, stdout } = inShell('"$@" 2>/dev/full', "--sessions", missing, "list");
  assert.equal(code, 1);
  assert.match(stdout, /0 sessions/);
  assert.equal(inShell('"$@" 2>/dev/full', "--frobnicate").code, 1);
});
