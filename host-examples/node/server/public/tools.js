// What is searched, how it is sorted, and which sessions are shown.

import { find } from "./dom.js";
import { number } from "./numbers.js";
import { PLACE_WORDS } from "./places.js";
import { PLACES } from "./verdict.js";

/** @import { Scope, Sort } from "./order.js" */
/** @import { Place, Tally } from "./verdict.js" */

export class Tools {
  #form = find(document, "#tools", HTMLFormElement);
  #search = find(document, "#tools [type=search]", HTMLInputElement);
  #sort = find(document, "#tools select", HTMLSelectElement);
  #scopes = find(document, "#scope", HTMLFieldSetElement);
  /** @type {Map<Scope, { label: HTMLElement, input: HTMLInputElement, count: HTMLElement }>} */
  #options = new Map();
  #isChosen = false;

  /**
   * @param {() => void} onFilter
   * @param {(isNow: boolean) => void} onSearch when the searched text changes, or Enter is pressed
   */
  constructor(onFilter, onSearch) {
    this.#add("attention", "Need attention");
    this.#add("all", "All");
    for (const place of PLACES) {
      this.#add(place, PLACE_WORDS[place][0]);
    }
    this.scope = "attention";
    this.#scopes.addEventListener("change", () => {
      this.#isChosen = true;
    });
    this.#form.addEventListener("input", onFilter);
    this.#search.addEventListener("input", () => onSearch(false));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      onSearch(true);
    });
  }

  /** @type {Scope} */
  get scope() {
    const { value } = find(this.#form, "[name=scope]:checked", HTMLInputElement);
    return /** @type {Scope} */ (value);
  }

  set scope(scope) {
    const input = this.#options.get(scope)?.input;
    if (input) {
      input.checked = true;
    }
  }

  get text() {
    return this.#search.value.trim();
  }

  /** @returns {Sort} */
  get sort() {
    return /** @type {Sort} */ (this.#sort.value);
  }

  clearText() {
    this.#search.value = "";
  }

  focus() {
    this.#search.focus();
    this.#search.select();
  }

  /**
   * Shows all sessions if none needs attention, unless the user has chosen.
   *
   * @param {Tally} sum
   */
  settle({ attention }) {
    if (!this.#isChosen && attention === 0) {
      this.scope = "all";
    }
  }

  /** @param {Tally} sum */
  count({ at, attention, sessions }) {
    this.#show("attention", attention, true);
    this.#show("all", sessions, true);
    for (const place of PLACES) {
      this.#show(place, at[place], at[place] > 0 || this.scope === place);
    }
  }

  /**
   * @param {Scope} scope
   * @param {number} sessions
   * @param {boolean} isWanted
   */
  #show(scope, sessions, isWanted) {
    const option = this.#options.get(scope);
    if (option) {
      option.count.textContent = number(sessions);
      option.label.hidden = !isWanted;
    }
  }

  /**
   * @param {Scope} scope
   * @param {string} name
   */
  #add(scope, name) {
    const [label, span] = [document.createElement("label"), document.createElement("span")];
    const [input, count] = [document.createElement("input"), document.createElement("b")];
    Object.assign(input, { type: "radio", name: "scope", value: scope });
    label.dataset.scope = scope;
    span.append(`${name} `, count);
    label.append(input, span);
    this.#scopes.append(label);
    this.#options.set(scope, { label, input, count });
  }
}
