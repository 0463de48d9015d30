// A session directory for each test, gone after it.

import { execFile } from "node:child_process";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** @import { TestContext } from "node:test" */

const cli = fileURLToPath(new URL("../cli.js", import.meta.url));

/** @param {TestContext} test */
export function directoryFor(test) {
  const directory = mkdtempSync(join(tmpdir(), "session-recovery-"));
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * The text of a session with so many messages.
 *
 * @param {number} messages
 */
export function session(messages) {
  const all = Array.from({ length: messages }, (_, number) => ({ role: "user", content: number }));
  return JSON.stringify({ title: "x", messages: all });
}

/**
 * A session as the application writes it, without the end of its last message.
 *
 * @param {number} messages
 */
export function cutOff(messages) {
  const whole = { message_count: messages, ...JSON.parse(session(messages)) };
  return JSON.stringify(whole, null, 2).slice(0, -20);
}

/**
 * A session that lost its messages.
 *
 * @param {string} directory
 * @param {string} id
 * @param {number} mode
 */
export function wiped(directory, id, mode = 0o644) {
  const live = join(directory, `${id}.json`);
  writeFileSync(live, session(0));
  chmodSync(live, mode);
  writeFileSync(`${live}.bak`, session(9));
  return live;
}

/**
 * A session whose live file is gone.
 *
 * @param {string} directory
 * @param {string} id
 */
export function orphan(directory, id) {
  const live = join(directory, `${id}.json`);
  writeFileSync(`${live}.bak`, session(9));
  return live;
}

/**
 * The application's list of deleted sessions.
 *
 * @param {string} directory
 * @param {string[]} ids
 */
export function deleted(directory, ...ids) {
  const list = JSON.stringify({ version: 1, ids });
  writeFileSync(join(directory, "_deleted_webui_sessions.json"), list);
}

/**
 * A damaged session whose backup is nested so deep that it takes some memory to read.
 *
 * @param {string} directory
 * @param {string} id
 */
export function nested(directory, id) {
  const depth = 900_000;
  const live = join(directory, `${id}.json`);
  writeFileSync(live, "");
  writeFileSync(`${live}.bak`, `{"messages": ${"[".repeat(depth)}${"]".repeat(depth)}}`);
  return live;
}

/**
 * Paths that lead nowhere, though not because nothing is there: the code and the message of each.
 *
 * @param {string} directory
 * @returns {[path: string, code: string, message: string][]}
 */
export function unreachable(directory) {
  const [file, loop] = [join(directory, "file.json"), join(directory, "loop")];
  const long = join(directory, "x".repeat(300));
  writeFileSync(file, "");
  symlinkSync("loop", loop);
  return [
    [file, "no-directory", `${file} is a file, not a directory.`],
    [join(file, "x"), "no-directory", `${join(file, "x")} is a file, not a directory.`],
    [loop, "io", `${loop} cannot be opened: Too many symbolic links encountered (os error 40).`],
    [long, "io", `${long} cannot be opened: Name too long (os error 36).`],
  ];
}

/**
 * What a directory holds.
 *
 * @param {string} directory
 */
export function contents(directory) {
  const names = readdirSync(directory).sort();
  return names.map((name) => [name, readFileSync(join(directory, name), "utf8")]);
}

/**
 * What an interrupted restore left. The history stays.
 *
 * @param {string} directory
 */
export function leftovers(directory) {
  return readdirSync(directory).filter((name) => /^\.session-recovery-(?!log\.)/.test(name));
}

/**
 * Runs the program.
 *
 * @param {string[]} words
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>}
 */
export function run(...words) {
  return runWith("", ...words);
}

/**
 * Runs the program with this on its standard input.
 *
 * @param {string | Buffer} input
 * @param {string[]} words
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>}
 */
export function runWith(input, ...words) {
  return new Promise((resolve) => {
    const program = execFile(process.execPath, [cli, ...words], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    // A program that does not read it ends first.
    program.stdin?.on("error", () => {});
    program.stdin?.end(input);
  });
}
