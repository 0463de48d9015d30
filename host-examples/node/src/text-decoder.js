// The decoder of the components' texts. It keeps U+FEFF at the start of a text: a session's ID may
// begin with it, and without it the ID is another session's.

export class TextDecoder extends globalThis.TextDecoder {
  /** @param {string} [encoding] */
  constructor(encoding) {
    super(encoding, { ignoreBOM: true });
  }
}
