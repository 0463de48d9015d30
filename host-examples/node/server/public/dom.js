// Finds elements with their types. If the page lacks one, it fails at once and names it.

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
export function find(root, selector, type) {
  const element = root.querySelector(selector);
  if (element instanceof type) {
    return element;
  }
  throw new Error(`The page has no ${selector}.`);
}

/**
 * @param {string} id of a template with one element
 * @returns {HTMLElement}
 */
export function clone(id) {
  const { content } = find(document, `#${id}`, HTMLTemplateElement);
  return find(/** @type {DocumentFragment} */ (content.cloneNode(true)), "*", HTMLElement);
}

const HIDDEN_OR_REORDERING =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/**
 * Escapes everything in a text that hides or reorders the text around it. Names from the directory
 * may hold such characters.
 *
 * @param {string} text
 */
export function visible(text) {
  const escaped = text.replace(HIDDEN_OR_REORDERING, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
  return escaped.trim() === escaped ? escaped : `“${escaped}”`;
}

/**
 * @param {string} text
 * @param {string} [kind] the element's name
 */
export function element(text, kind = "p") {
  const made = document.createElement(kind);
  made.textContent = visible(text);
  return made;
}

/** Lets the browser draw and answer between two pieces of work. */
export function breathe() {
  return new Promise((resolve) => setTimeout(resolve));
}
