// The system's errors in words, and which of them say that a limit of the process is reached.

import { getSystemErrorMap } from "node:util";

/**
 * The system's words, spelled as the other hosts spell them.
 *
 * @param {unknown} error
 */
export function inWords(error) {
  const { errno = 0, message } = /** @type {NodeJS.ErrnoException} */ (error);
  const [, words] = getSystemErrorMap().get(errno) ?? [];
  return words ? `${words[0]?.toUpperCase()}${words.slice(1)} (os error ${-errno})` : message;
}
