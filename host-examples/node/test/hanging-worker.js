// The component's thread, which at one call waits for the system and cannot be ended: it reads from
// a FIFO that nobody writes to, as it would from a disk that does not answer.

import { execFileSync } from "node:child_process";
import { openSync, readSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";

const { directory, when } = workerData;
let parts = 0;

if (when === "start") hang();
parentPort?.on("message", ({ name }) => {
  if (name === "nextOfSweep") parts += 1;
  if (name === when || (when === "second part" && parts > 1)) hang();
});
await import("../src/worker.js");

function hang() {
  const fifo = join(directory, "fifo");
  execFileSync("/usr/bin/mkfifo", [fifo]);
  readSync(openSync(fifo, "r+"), Buffer.alloc(1));
}
