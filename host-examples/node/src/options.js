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
const TEXT = { words: "a text", holds: (value) => typeof value === "string" };
/** @type {Kind} */
const COUNT = { words: "a whole number of 32 bits", holds: isCount };
/** @type {Kind} */
const RUN = { words: "a name of 1 to 64 printable ASCII characters", holds: isRunName };
/** @type {Kind} */
const ARRAY = { words: "an array", holds: Array.isArray };

export const OPEN = {
  maxMemory: NUMBER,
  maxTime: NUMBER,
  missingOk: BOOLEAN,
  acceptOwner: BOOLEAN,
  run: RUN,
};
export const DRY_RUN = { dryRun: BOOLEAN };
export const SIGNAL = { signal: ABORT_SIGNAL };
export const UNDO = { ...DRY_RUN, ignoreGuards: BOOLEAN, run: RUN };
export const UNDO_RUN = { ...UNDO, ...SIGNAL };
export const RESTORE = { ...UNDO, discard: BOOLEAN, merge: BOOLEAN, salvage: BOOLEAN };
export const SWEEP = { ...RESTORE, prune: BOOLEAN, best: BOOLEAN };
export const RECOVER = { ...RESTORE, force: BOOLEAN };
export const REPAIR = { ...SIGNAL, run: RUN };
export const SESSIONS = { headings: BOOLEAN };
export const WINDOW = { after: COUNT, first: COUNT, last: COUNT, changed: COUNT };
export const PREVIEW = { ...WINDOW, source: TEXT };
export const WATCHED = { ...SIGNAL, onProgress: FUNCTION };
export const KNOWN = { ...SIGNAL, known: ARRAY };
export const PLAN = { ...KNOWN, salvage: BOOLEAN };

/** @param {unknown} value */
function isCount(value) {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32;
}

/** @param {unknown} value */
function isRunName(value) {
  return typeof value === "string" && /^[ -~]{1,64}$/.test(value);
}

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
