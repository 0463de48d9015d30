// Two sweeps at once would do the same work twice, so the second one is refused.

/** @typedef {<Answer>(task: () => Promise<Answer>) => Promise<Answer>} Alone runs a task alone */

/**
 * Makes what refuses a task while another one runs.
 *
 * @param {() => Error} refusal
 * @returns {Alone}
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
