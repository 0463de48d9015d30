// Names and texts from the directory are escaped before they reach a terminal.

const OBEYED_OR_HIDDEN =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/**
 * A text with everything escaped that a terminal would obey, or that hides or reorders what is
 * around it.
 *
 * @param {string} text
 */
export function printable(text) {
  return text.replace(OBEYED_OR_HIDDEN, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}
