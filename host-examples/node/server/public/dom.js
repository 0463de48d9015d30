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

/** What prose needs: line ends, tabs, and the joiners of emoji and of some scripts. */
const IN_PROSE = /[\n\t\u200c\u200d]/u;

/** @param {string} character */
function escaped(character) {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/**
 * Escapes everything in a text that hides or reorders the text around it. Names from the directory
 * may hold such characters.
 *
 * @param {string} text
 */
export function visible(text) {
  const shown = text.replace(HIDDEN_OR_REORDERING, escaped);
  return shown.trim() === shown ? shown : `“${shown}”`;
}

/** How long a name may be in the text of a button, in characters. */
const LONG = 64;

/**
 * A file's name for the text of a button. The middle of a long one is left out.
 *
 * @param {string} name
 */
export function short(name) {
  const shown = visible(name);
  return shown.length > LONG ? `${shown.slice(0, 32)}…${shown.slice(-28)}` : shown;
}

/**
 * Escapes titles and messages, which may have several lines.
 *
 * @param {string} text
 */
export function legible(text) {
  return text.replace(HIDDEN_OR_REORDERING, (character) =>
    IN_PROSE.test(character) ? character : escaped(character),
  );
}

/**
 * Somebody's words, which read in their own direction and change nothing around them.
 *
 * @param {string} text
 */
export function words(text) {
  const made = document.createElement("bdi");
  made.textContent = legible(text);
  return made;
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

/**
 * @param {string} kind the element's name
 * @param {string} name its class
 * @param {...(Node | string)} content
 */
export function box(kind, name, ...content) {
  const made = document.createElement(kind);
  made.className = name;
  made.append(...content);
  return made;
}

/**
 * @param {string} label
 * @param {() => void} onClick
 * @param {string} [name] its class
 */
export function button(label, onClick, name = "") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = name;
  made.textContent = label;
  made.addEventListener("click", onClick);
  return made;
}

/** Lets the browser draw and answer between two pieces of work. */
export function breathe() {
  return new Promise((resolve) => setTimeout(resolve));
}
