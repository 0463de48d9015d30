// The server's runs: one for each click and each request. The history calls them so.

import { runName } from "../src/runs.js";

export function newRun() {
  return runName("server");
}
