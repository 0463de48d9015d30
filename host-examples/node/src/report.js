// What a program does around the work: it reads its arguments, and prints answers in words or as
// JSON. A component of its own does that, the same one as in the other hosts. It imports nothing.

import { loadComponent } from "./component.js";

/** @import { Answers, Page, Parsed, Question } from "./report-types.js" */
/** @typedef {import("./report-types.js").Command} Command */
/** @typedef {import("./report-types.js").Report} Report */

/** The arguments are wrong. `message` says how, in lines for standard error. */
export class UsageError extends Error {
  name = "UsageError";
}

/** Loads the component. Its calls share an instance, because making one takes longer than a call. */
export async function loadReport() {
  const instantiate = await loadComponent("session-recovery-report");
  /** @type {any} */
  let shared;
  const call = (/** @type {(exports: any) => any} */ work) => {
    shared ??= instantiate({});
    try {
      return work(shared);
    } catch (error) {
      // After a trap an instance is of no use.
      shared = undefined;
      throw error;
    }
  };
  return {
    /**
     * An answer as one JSON document, with the keys of the command's `--json`.
     *
     * @template {keyof Answers} K
     * @param {Question<K>} question
     * @param {Answers[K]} answer
     * @returns {Report}
     */
    json: (question, answer) =>
      call(({ report }) => report.json(filled(question), inKebabCase(answer))),
    /**
     * An answer in words.
     *
     * @template {keyof Answers} K
     * @param {Question<K>} question
     * @param {Answers[K]} answer
     * @param {Page} page
     * @returns {Report}
     */
    text: (question, answer, { width, escapes = false } = {}) =>
      call(({ report }) => report.text(filled(question), inKebabCase(answer), { width, escapes })),
    /**
     * A text without anything that a terminal would obey.
     *
     * @param {string} text
     * @returns {string}
     */
    printable: (text) => call(({ report }) => report.printable(text.toWellFormed())),
    /**
     * The arguments of a program, without its name.
     *
     * @param {string[]} args
     * @param {string} [input] - What standard input holds, if that was wanted.
     * @returns {Parsed}
     * @throws {UsageError} They are wrong.
     */
    parse(args, input) {
      const words = args.map((arg) => arg.toWellFormed());
      try {
        return call(({ commandLine }) => commandLine.parse(words, input?.toWellFormed()));
      } catch (error) {
        const { payload } = /** @type {{ payload?: string }} */ (error);
        throw payload === undefined ? error : new UsageError(payload);
      }
    },
  };
}

/**
 * @template {keyof Answers} K
 * @param {Question<K>} question
 */
function filled({ kind, dryRun = false, check = false }) {
  return { kind, dryRun, check };
}

/**
 * An answer as the component takes it: JSON with the names of the WIT interface.
 *
 * @param {unknown} answer
 */
function inKebabCase(answer) {
  return JSON.stringify(answer, (_, value) => {
    if (typeof value === "string") return value.toWellFormed();
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [kebab(key), inner]));
  });
}

/** @param {string} key */
function kebab(key) {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
