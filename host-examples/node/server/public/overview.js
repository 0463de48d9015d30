// The top of the page: the result in one sentence, and the button that restores all.

import { find } from "./dom.js";
import { headline } from "./messages.js";
import { number } from "./numbers.js";

/** @import { Tally } from "./verdict.js" */
/** @import { Phase } from "./messages.js" */

export class Overview {
  #headline = find(document, "#headline", HTMLElement);
  #subline = find(document, "#subline", HTMLElement);
  #restoreAll = find(document, "#restore-all", HTMLButtonElement);

  /**
   * @param {Tally} sum
   * @param {Phase} phase
   */
  show(sum, phase) {
    const [title, words] = headline(sum, phase);
    this.#headline.textContent = title;
    this.#subline.textContent = words;
    const task = taskOf(sum);
    this.#restoreAll.textContent = task;
    this.#restoreAll.hidden = phase !== "idle" || task === "";
  }

  focus() {
    this.#headline.focus();
  }

  focusButton() {
    this.#restoreAll.focus();
  }
}

/** @param {Tally} sum */
function taskOf({ restorable, salvageable, at: { better } }) {
  if (restorable > 0) {
    return `Restore all (${number(restorable)})`;
  }
  if (salvageable > 0) {
    return `Salvage all (${number(salvageable)})`;
  }
  return better > 0 ? `Restore from better sources (${number(better)})` : "";
}
