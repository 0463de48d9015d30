// A process that reaches a limit of the system, and asks for restores all the same: run by a test,
// which reads what came of them.

import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { SessionRecovery } from "../src/index.js";

const [directory = "", limit, before, free] = process.argv.slice(2);

/** @type {SessionRecovery | undefined} */
let recovery = before === "opened" ? await SessionRecovery.open(directory) : undefined;
const answers = [];
const give = limit === "files" ? takeFiles(Number(free)) : takeProcesses();
answers.push(await answerOf("inspect"), await answerOf("recover"), await answerOf("recoverAll"));
give();
if (limit === "files") answers.push(await answerOf("recover"));
console.log(JSON.stringify(answers));
process.exit();

/** @param {number} free - How many files may still be opened. */
function takeFiles(free) {
  execFileSync("prlimit", ["--pid", String(process.pid), "--nofile=64:64"]);
  /** @type {number[]} */
  const held = [];
  try {
    for (;;) held.push(openSync("/dev/null", "r"));
  } catch {
    for (const file of held.splice(0, free)) closeSync(file);
  }
  return () => held.forEach((file) => void closeSync(file));
}

function takeProcesses() {
  execFileSync("prlimit", ["--pid", String(process.pid), "--nproc=1:1"]);
  return () => {};
}

/** @param {"inspect" | "recover" | "recoverAll"} task */
async function answerOf(task) {
  try {
    recovery ??= await SessionRecovery.open(directory);
    const answer = task === "recoverAll" ? await recovery[task]() : await recovery[task]("a");
    return { answer };
  } catch (error) {
    const { name, code } = /** @type {any} */ (error);
    return { name, code, message: String(error) };
  }
}
