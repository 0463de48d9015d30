// Who may read a file besides what its mode says, and what else is noted on it: ACLs and extended
// attributes, for which Node has no calls. GNU cp carries them over, GNU ls shows where they are.

import { spawnSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync } from "node:fs";

/** @typedef {{ cp: string, ls: string }} Tools */

/** Where a program is looked for, whatever the caller's environment says. */
const ENVIRONMENT = {
  PATH: "/usr/bin:/bin:/usr/local/bin:/run/current-system/sw/bin",
  LC_ALL: "C",
};
/** What a child finds its open files under, from the first one that it is given. */
const GIVEN = "/proc/self/fd";
const FIRST = 3;

/** GNU's programs by the names that they have where others bear the usual ones, too. */
const NAMES = [
  { cp: "cp", ls: "ls" },
  { cp: "gnucp", ls: "gnuls" },
];

/** @type {Tools | "none" | undefined} */
let tools;

/**
 * Gives a file the other one's ACL and attributes, with its mode, in one step each. Does nothing
 * where the system has no program for that.
 *
 * @param {number} from
 * @param {number} to
 */
export function carry(from, to) {
  copyOver(from, to, "mode,xattr");
}

/**
 * Gives a file the other one's attributes only.
 *
 * @param {number} from
 * @param {number} to
 */
export function carryAttributes(from, to) {
  copyOver(from, to, "xattr");
}

/**
 * @param {number} from
 * @param {number} to
 * @param {string} what
 */
function copyOver(from, to, what) {
  const found = toolsHere();
  if (!found) return;
  const words = ["--attributes-only", `--preserve=${what}`, "--"];
  const paths = [`${GIVEN}/${FIRST}`, `${GIVEN}/${FIRST + 1}`];
  const { status, stderr } = run(found.cp, [...words, ...paths], [from, to]);
  if (status === 0) return;
  const code = /No space left|Disk quota/.test(stderr) ? "ENOSPC" : "EPERM";
  throw Object.assign(new Error(`the ACL or an attribute is lost: ${stderr}`), { code });
}

/**
 * Whether one of the files has an ACL, as far as the system has a program that tells.
 *
 * @param {string} directory
 * @param {string[]} names
 */
export function haveAcl(directory, names) {
  const found = toolsHere();
  if (!found) return false;
  const open = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const paths = names.map((name) => `${GIVEN}/${FIRST}/${name}`);
    const { status, stdout } = run(found.ls, ["-ldnb", "--", ...paths], [open]);
    const lines = stdout.trimEnd().split("\n");
    return status !== 0 || lines.some((line) => line[10] === "+");
  } finally {
    closeSync(open);
  }
}

function toolsHere() {
  tools ??= NAMES.find(({ cp }) => isGnu(cp)) ?? "none";
  return tools === "none" ? undefined : tools;
}

/**
 * Others take the same words and lose the ACL without one.
 *
 * @param {string} cp
 */
function isGnu(cp) {
  if (!existsSync(GIVEN)) return false;
  const { status, stdout } = run(cp, ["--version"], []);
  return status === 0 && stdout.startsWith("cp (GNU coreutils)");
}

/** That there is no such program to run. */
const ABSENT = ["ENOENT", "EACCES"];
/** What the system says where it can start no more processes: the same as without memory. */
const NO_PROCESS = "EAGAIN";

/**
 * @param {string} program
 * @param {string[]} words
 * @param {number[]} files - Open ones, which it finds from the first number on.
 */
function run(program, words, files) {
  const options = {
    env: ENVIRONMENT,
    encoding: /** @type {const} */ ("utf8"),
    stdio: /** @type {any} */ (["ignore", "pipe", "pipe", ...files]),
    // What ends the command on a terminal does not end it in the middle of a restore.
    detached: true,
  };
  const { error, status, stdout, stderr } = spawnSync(program, words, options);
  const code = /** @type {NodeJS.ErrnoException | undefined} */ (error)?.code;
  if (code === NO_PROCESS) throw Object.assign(new Error(`${error}`), { code: "ENOMEM" });
  if (error && !ABSENT.includes(code ?? "")) throw error;
  return { status, stdout: stdout ?? "", stderr: stderr ?? "" };
}
