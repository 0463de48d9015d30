// The result of each change of a plan, so that a refused one is not overlooked.

import { made } from "./changes.js";
import { element, find } from "./dom.js";
import { many } from "./numbers.js";

/** @import { Repaired } from "../shapes.js" */

/** How many changes are shown without being asked for. */
const FEW = 20;

export class Report {
  #root = find(document, "#made", HTMLElement);
  #words = find(document, "#made-words", HTMLElement);
  #details = find(document, "#made details", HTMLDetailsElement);
  #list = find(document, "#made ol", HTMLElement);
  #once = find(document, "#made-once", HTMLElement);
  #done = 0;
  #refused = 0;

  begin() {
    this.#done = 0;
    this.#refused = 0;
    this.#list.replaceChildren();
    this.#once.hidden = true;
    this.#root.hidden = true;
  }

  /** @param {Repaired[]} results */
  add(results) {
    const done = results.filter((result) => result.done).length;
    this.#done += done;
    this.#refused += results.length - done;
    this.#list.append(...results.map(made));
    this.#details.open = this.#refused > 0 || this.#done <= FEW;
    this.#words.textContent = this.words;
    this.#root.hidden = false;
  }

  /**
   * Says this once instead of with each change that another program prevented.
   *
   * @param {string} words
   */
  sayOnce(words) {
    this.#once.textContent = words;
    this.#once.hidden = false;
    for (const item of this.#list.querySelectorAll("[data-code=changed]")) {
      item.replaceChildren(find(item, "p", HTMLElement), element("Not done."));
    }
  }

  get words() {
    return `${many(this.#done, "change")} made, ${this.#refused || "none"} refused.`;
  }
}
