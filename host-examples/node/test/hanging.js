// A process in which a call hangs: run by a test, which reads what came of it, and how it ended.

import { syncBuiltinESMExports } from "node:module";
import workerThreads from "node:worker_threads";

const [directory = "", when = "", ...words] = process.argv.slice(2);
const { Worker } = workerThreads;
workerThreads.Worker = class extends Worker {
  /**
   * @param {URL} _file
   * @param {import("node:worker_threads").WorkerOptions} options
   */
  constructor(_file, options) {
    const workerData = { ...options.workerData, when };
    super(new URL("hanging-worker.js", import.meta.url), { ...options, workerData });
  }
};
syncBuiltinESMExports();

if (words.length > 0) {
  process.argv.splice(2, 2, "--sessions", directory);
  await import("../cli.js");
} else {
  const { SessionRecovery } = await import("../src/index.js");
  const ask = async () => {
    const recovery = await SessionRecovery.open(directory, { maxTime: 1 });
    return when === "inspect" ? recovery.inspect("a") : recovery.recoverAll();
  };
  for (const _ of [1, 2]) {
    await ask().catch(({ name, message, remedy, outcomes }) => {
      const ids = outcomes?.map((/** @type {any} */ { status }) => status.sessionId);
      console.log(JSON.stringify({ name, message, remedy, ids }));
    });
  }
}
