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
  EMFILE: "Raise the limit of open files (`ulimit -n`).",
  ENFILE: "Close files of other programs, or raise the system's limit of open files.",
  EAGAIN: "Raise the limit of processes and threads (`ulimit -u`).",
};

/**
 * Why something cannot be done, and what to do about it, if a limit is reached.
 *
 * @param {unknown} error
 */
export function exhaustionOf(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error ?? {});
  // Why a thread could not be started, Node says only in its message.
  const name = REMEDIES[code ?? ""] ? code : /\b(EMFILE|ENFILE|EAGAIN)$/.exec(message ?? "")?.[0];
  if (name === undefined) return undefined;
  const errno = -constants.errno[/** @type {"EMFILE"} */ (name)];
  return { words: inWords({ errno }), remedy: /** @type {string} */ (REMEDIES[name]) };
}
