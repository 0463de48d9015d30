// The filter and its keyboard shortcut.

import { find } from "./dom.js";
import { number } from "./numbers.js";

/** @import { Filter } from "./section.js" */
/** @import { Tally } from "./verdict.js" */

export class Tools {
  #form = find(document, "#tools", HTMLFormElement);
  #search = find(document, "#tools [type=search]", HTMLInputElement);
  #isChosen = false;

  /** @param {(filter: Filter) => void} onFilter */
  constructor(onFilter) {
    this.#form.addEventListener("change", () => {
      this.#isChosen = true;
    });
    this.#form.addEventListener("input", () => onFilter(this.filter));
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => this.#focusSearch(event));
  }

  /** @returns {Filter} */
  get filter() {
    const { value: scope } = find(this.#form, "[name=scope]:checked", HTMLInputElement);
    return { scope, text: this.#search.value.trim() };
  }

  /** Shows all sessions if none needs attention, unless the user has chosen. */
  settle(/** @type {Tally} */ sum) {
    if (!this.#isChosen && inNeed(sum) === 0) {
      find(this.#form, "[value=all]", HTMLInputElement).checked = true;
    }
  }

  /** @param {Tally} sum */
  count(sum) {
    find(this.#form, "#count-attention", HTMLElement).textContent = number(inNeed(sum));
    find(this.#form, "#count-all", HTMLElement).textContent = number(sum.sessions);
  }

  /** @param {KeyboardEvent} event */
  #focusSearch(event) {
    const isTyping = event.target === this.#search || document.querySelector("dialog[open]");
    const isChord = event.ctrlKey || event.metaKey || event.altKey;
    if (event.key === "/" && !isTyping && !isChord) {
      event.preventDefault();
      this.#search.focus();
    }
  }
}

/** @param {Tally} sum */
function inNeed({ restorable, left }) {
  return restorable + left.salvageable + left.unclear + left.lost;
}
