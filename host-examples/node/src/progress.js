// The bar of a sweep, on standard error if that is a terminal.

import { SingleBar } from "cli-progress";

/** @import { SweepProgress } from "./types.js" */

export function progressBar() {
  const bar = new SingleBar({
    format: "{bar} {value} of {total} sessions",
    stream: process.stderr,
    barsize: 30,
    clearOnComplete: true,
    gracefulExit: false,
  });
  return {
    /** @param {SweepProgress} progress */
    show({ done, total }) {
      if (done === 0) bar.start(total, 0);
      else bar.update(done);
    },
    clear() {
      bar.stop();
    },
  };
}
