// Lets one task run at a time: two sweeps at once would do the same work twice.

/** @typedef {<Answer>(task: () => Promise<Answer>) => Promise<Answer>} Exclusively runs a task */

/**
 * Makes a function that refuses a task while another one runs.
 *
 * @param {() => Error} refusal
 * @returns {Exclusively}
 */
export function mutex(refusal) {
  let isRunning = false;
  return async (task) => {
    if (isRunning) {
      throw refusal();
    }
    isRunning = true;
    try {
      return await task();
    } finally {
      isRunning = false;
    }
  };
}
