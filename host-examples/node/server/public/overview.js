// The top of the page: the result in one sentence, and a few figures.

import { find } from "./dom.js";
import { headline } from "./messages.js";
import { number } from "./numbers.js";

/** @import { Tally } from "./verdict.js" */
/** @import { Phase } from "./messages.js" */

export class Overview {
  #headline;
  #subline;
  #restoreAll;
  #figures;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#headline = find(root, "#headline", HTMLElement);
    this.#subline = find(root, "#subline", HTMLElement);
    this.#restoreAll = find(root, "#restore-all", HTMLButtonElement);
    this.#figures = find(root, ".figures", HTMLElement);
  }

  /**
   * @param {Tally} sum
   * @param {Phase} phase
   */
  show(sum, phase) {
    const [title, words] = headline(sum, phase);
    this.#headline.textContent = title;
    this.#subline.textContent = words;
    const { sessions, restorable, salvageable, lostMessages: messages, more } = sum;
    this.#restoreAll.textContent =
      restorable > 0
        ? `Restore all (${number(restorable)})`
        : `Salvage all (${number(salvageable)})`;
    this.#restoreAll.hidden = phase !== "idle" || restorable + salvageable === 0;
    const { unclear, lost, guarded } = sum.left;
    const figures = { sessions, restorable, messages, more, unclear, lost, guarded };
    for (const [name, count] of Object.entries(figures)) {
      this.#showFigure(name, count);
    }
  }

  focus() {
    this.#headline.focus();
  }

  focusButton() {
    this.#restoreAll.focus();
  }

  /**
   * @param {string} name
   * @param {number} count
   */
  #showFigure(name, count) {
    const figure = this.#figures.querySelector(`[data-figure="${name}"]`);
    if (figure) {
      find(figure, "dd", HTMLElement).textContent = number(count);
      figure.classList.toggle("none", count === 0);
    }
  }
}
