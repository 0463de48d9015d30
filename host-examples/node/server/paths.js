// Where the session directory and this server lie is for the log, and not for whoever asks over HTTP.

/** The words of an answer that may be those of the system. */
const WORDS = new Set(["error", "message", "reason"]);

const PATH = /(?:file:\/\/)?(?:\/[^\s/'"`:,()]+){2,}/g;

/**
 * Makes what leaves absolute paths out of an answer.
 *
 * @param {string} directory the session directory
 * @returns {<Answer>(answer: Answer) => Answer}
 */
export function withoutPaths(directory) {
  /** @param {string} text */
  const spoken = (text) =>
    (text.startsWith(directory)
      ? `The session directory${text.slice(directory.length)}`
      : text
    ).replaceAll(PATH, "\u2026");

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
      WORDS.has(key) && typeof value === "string" ? spoken(value) : cleaned(value),
    ]);
    return Object.fromEntries(entries);
  };
  return cleaned;
}
