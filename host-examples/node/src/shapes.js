// How the parts of a JSON answer are spelled.

/** @import { Failure } from "./types.js" */

/**
 * One document on one line, in ASCII: names from the directory can hold characters that a
 * terminal would obey.
 *
 * @param {unknown} value
 */
export function document(value) {
  const ascii = JSON.stringify(value).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${ascii}\n`;
}

/** @param {Failure} failure */
export function failure({ code, message }) {
  return { code: underscored(code), message };
}

/**
 * @template {string} T
 * @param {T} name
 */
export function underscored(name) {
  return /** @type {T} */ (name.replaceAll("-", "_"));
}

/**
 * @template {object} T
 * @param {T} shape
 * @returns {T}
 */
export function present(shape) {
  const entries = Object.entries(shape).filter(([, value]) => value !== undefined);
  return /** @type {T} */ (Object.fromEntries(entries));
}
