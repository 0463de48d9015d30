// The system's errors in words, and which of them say that a limit of the process is reached.

import { constants } from "node:os";
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

/**
 * What to do where a limit of the process, or of the system, is reached.
 *
 * @type {Record<string, string>}
 */
const REMEDIES = {
  EMFILE: "let the process have more open files (ulimit -n), then try again",
  ENFILE: "close files of other programs, or let the system have more, then try again",
  EAGAIN: "let the user have more processes and threads (ulimit -u), then try again",
};

/**
 * Why something cannot be done, and the remedy, where a limit is reached.
 *
 * @param {unknown} error
 * @returns {string | undefined} Nothing where it is something else.
 */
export function exhaustionOf(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error ?? {});
  // Node tells in words alone why it could not start a thread.
  const name = REMEDIES[code ?? ""] ? code : /\b(EMFILE|ENFILE|EAGAIN)$/.exec(message ?? "")?.[0];
  if (name === undefined) return undefined;
  return `${inWords({ errno: -constants.errno[/** @type {"EMFILE"} */ (name)] })}. Remedy: ${REMEDIES[name]}.`;
}
