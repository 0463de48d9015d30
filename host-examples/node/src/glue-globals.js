// What jco's code finds under the names of two globals: `build.js` has it import these.

/**
 * Keeps U+FEFF at the start of a text. A session's ID may begin with it, and without it the ID is
 * another session's.
 */
export class TextDecoder extends globalThis.TextDecoder {
  /** @param {string} [encoding] */
  constructor(encoding) {
    super(encoding, { ignoreBOM: true });
  }
}

/**
 * Has a `promising`, which Node before 24 lacks and jco's code asks for, though nothing needs it.
 * Without it each instance takes 60 ms more: V8 reads all of the code again to word the error.
 */
export const WebAssembly = Object.create(globalThis.WebAssembly, {
  promising: { value: (/** @type {Function} */ exported) => exported },
});
