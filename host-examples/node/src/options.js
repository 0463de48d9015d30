// The options of the library's functions: a wrong one is an error, as a `dryrun` that is ignored
// without a word restores.

/**
 * @typedef {object} Kind
 * @property {string} words
 * @property {(value: unknown) => boolean} holds
 */

/** @type {Kind} */
const BOOLEAN = { words: "true or false", holds: (value) => typeof value === "boolean" };
/** @type {Kind} */
const NUMBER = { words: "a number", holds: (value) => typeof value === "number" };
/** @type {Kind} */
const ABORT_SIGNAL = { words: "an AbortSignal", holds: isSignal };
/** @type {Kind} */
const FUNCTION = { words: "a function", holds: (value) => typeof value === "function" };
/** @type {Kind} */
const ARRAY = { words: "an array", holds: Array.isArray };

export const OPEN = {
  maxMemory: NUMBER,
  maxTime: NUMBER,
  missingOk: BOOLEAN,
  acceptOwner: BOOLEAN,
};
export const DRY_RUN = { dryRun: BOOLEAN };
export const UNDO = { ...DRY_RUN, ignoreGuards: BOOLEAN };
export const RESTORE = { ...UNDO, discard: BOOLEAN, merge: BOOLEAN, salvage: BOOLEAN };
export const SWEEP = { ...RESTORE, prune: BOOLEAN };
export const RECOVER = { ...RESTORE, force: BOOLEAN };
export const SIGNAL = { signal: ABORT_SIGNAL };
export const WATCHED = { ...SIGNAL, onProgress: FUNCTION };
export const KNOWN = { ...SIGNAL, known: ARRAY };
export const PLAN = { ...KNOWN, salvage: BOOLEAN };

/** @param {any} value - Whoever made it: there are several of these classes. */
function isSignal(value) {
  return typeof value?.aborted === "boolean" && typeof value.addEventListener === "function";
}

/**
 * @param {unknown} options
 * @param {Record<string, Kind>} kinds - Of those that there are.
 * @throws {TypeError} One of the options is none of them, or is something else.
 */
export function requireOptions(options, kinds) {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options are not an object: ${String(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (!kind) {
      throw new TypeError(`There is no option ${name}; there are ${Object.keys(kinds).join(", ")}`);
    }
    if (value !== undefined && !kind.holds(value))
      throw new TypeError(`${name} is not ${kind.words}`);
  }
}
