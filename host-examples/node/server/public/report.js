// What a sweep or a repair did, item by item, so that a failure is not overlooked.

import { made } from "./changes.js";
import { box, element, find } from "./dom.js";
import { many } from "./numbers.js";
import { fateOf } from "./outcomes.js";

/** @import { Outcome, Repaired } from "../shapes.js" */

/** How many changes are shown without being asked for. */
const FEW = 20;

export class Report {
  #root = find(document, "#made", HTMLElement);
  #words = find(document, "#made-words", HTMLElement);
  #details = find(document, "#made details", HTMLDetailsElement);
  #list = find(document, "#made ol", HTMLElement);
  #once = find(document, "#made-once", HTMLElement);
  done = 0;
  refused = 0;

  constructor() {
    find(document, "#made-dismiss", HTMLButtonElement).addEventListener("click", () => {
      this.dismiss();
      find(document, "#headline", HTMLElement).focus();
    });
  }

  dismiss() {
    this.#root.hidden = true;
  }

  begin() {
    this.done = 0;
    this.refused = 0;
    this.#list.replaceChildren();
    this.#once.hidden = true;
    this.#root.hidden = true;
  }

  /** @param {Repaired[]} results */
  add(results) {
    const done = results.filter((result) => result.done).length;
    this.#append(results.map(made), done);
    this.end(`${many(this.done, "change")} made, ${this.refused || "none"} refused.`);
  }

  /** @param {Outcome[]} outcomes */
  addOutcomes(outcomes) {
    const tried = outcomes.filter(({ restored, action }) => restored || action === "failed");
    const done = tried.filter(({ restored }) => restored).length;
    this.#append(tried.map(fateOf), done);
  }

  /**
   * @param {HTMLElement[]} items
   * @param {number} done how many of them were done
   */
  #append(items, done) {
    this.done += done;
    this.refused += items.length - done;
    this.#list.append(...items);
    this.#details.open = this.refused > 0 && this.refused + this.done <= FEW;
  }

  /** @param {string} words */
  end(words) {
    this.#words.replaceChildren(element(words, "span"), " ", this.#link());
    this.#root.hidden = false;
  }

  #link() {
    const link = box("a", "", "Undo in the history");
    link.setAttribute("href", "#history");
    return link;
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
    return this.#words.querySelector("span")?.textContent ?? "";
  }
}
