// Keeps absolute paths in the log: clients need not know where the directory and the server are.

import { basename } from "node:path";

/** The keys of an answer whose texts may come from the system. */
const TEXTS = new Set(["error", "message", "reason", "remedy"]);

const PATH = /(?:file:\/\/)?(?:\/[^\s/'"`:,()]+){2,}/g;

/**
 * Makes a function that leaves absolute paths out of an answer. Of the session directory it leaves
 * the last name.
 *
 * @param {string} directory the session directory
 * @returns {<Answer>(answer: Answer) => Answer}
 */
export function withoutPaths(directory) {
  const name = basename(directory) || directory;

  /** @param {string} text */
  const spoken = (text) => text.replaceAll(directory, name).replaceAll(PATH, "\u2026");

  /**
   * @param {any} answer
   * @returns {any}
   */
  const cleaned = (answer) => {
    if (Array.isArray(answer)) {
      return answer.map(cleaned);
    }
    if (answer === null || typeof answer !== "object") {
      return answer;
    }
    const entries = Object.entries(answer).map(([key, value]) => [
      key,
      TEXTS.has(key) && typeof value === "string" ? spoken(value) : cleaned(value),
    ]);
    return Object.fromEntries(entries);
  };
  return cleaned;
}
