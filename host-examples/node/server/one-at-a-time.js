// Two sweeps at once would do the same work twice, so the second one is refused.

/**
 * Makes a task refuse to run while it runs.
 *
 * @template {unknown[]} Words
 * @template Answer
 * @param {(...words: Words) => Promise<Answer>} task
 * @param {() => Error} refusal
 * @returns {(...words: Words) => Promise<Answer>}
 */
export function oneAtATime(task, refusal) {
  let isRunning = false;
  return async (...words) => {
    if (isRunning) {
      throw refusal();
    }
    isRunning = true;
    try {
      return await task(...words);
    } finally {
      isRunning = false;
    }
  };
}
