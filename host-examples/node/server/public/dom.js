// Elements by selector with their types known: a page that lost one fails at once and by name.

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

/**
 * @param {string} text
 * @param {string} [kind] the element's name
 */
export function element(text, kind = "p") {
  const made = document.createElement(kind);
  made.textContent = text;
  return made;
}

/** Lets the browser draw and answer between two pieces of work. */
export function breathe() {
  return new Promise((resolve) => setTimeout(resolve));
}
