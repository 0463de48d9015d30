// What the page says beside the list: its progress, what went wrong, and news for screen readers.

import { element, find } from "./dom.js";
import { explain, toldBy } from "./failure.js";
import { number } from "./numbers.js";

/** @import { Remark } from "../shapes.js" */

export class Work {
  #root = find(document, "#work", HTMLElement);
  #words = find(document, "#work-words", HTMLElement);
  #bar = find(document, "#bar", HTMLProgressElement);
  #stop = find(document, "#stop", HTMLButtonElement);

  /** @param {() => void} onStop */
  begin(onStop) {
    this.#words.textContent = "";
    this.#bar.removeAttribute("value");
    this.#stop.onclick = onStop;
    this.#root.hidden = false;
  }

  /**
   * @param {number} done
   * @param {number} total
   * @param {string} words
   */
  show(done, total, words) {
    this.#words.textContent = words;
    this.#bar.max = Math.max(total, 1);
    this.#bar.value = done;
  }

  /**
   * Shows work of unknown length.
   *
   * @param {string} words
   */
  wait(words) {
    this.#words.textContent = words;
    this.#stop.focus();
  }

  focus() {
    this.#stop.focus();
  }

  end() {
    this.#root.hidden = true;
  }
}

export class Alarm {
  #root = find(document, "#alarm", HTMLElement);

  /**
   * @param {unknown} error
   * @param {() => void} retry
   */
  raise(error, retry) {
    find(this.#root, "div", HTMLElement).replaceChildren(...paragraphs(explain(error)));
    find(this.#root, "button", HTMLButtonElement).onclick = retry;
    this.#root.hidden = false;
  }

  clear() {
    this.#root.hidden = true;
  }
}

/** @param {Remark[]} oddities */
export function showOddities(oddities) {
  const section = find(document, "#oddities", HTMLElement);
  const count = find(document, "#oddities-count", HTMLElement);
  section.hidden = oddities.length === 0;
  count.hidden = oddities.length === 0;
  count.textContent = number(oddities.length);
  find(section, "ul", HTMLElement).replaceChildren(...oddities.map(item));
}

/** @param {Remark} oddity */
function item(oddity) {
  const shown = document.createElement("li");
  shown.append(...paragraphs(toldBy(oddity)));
  return shown;
}

/** @param {string[]} sentences */
function paragraphs(sentences) {
  return sentences.map((sentence) => element(sentence));
}

/**
 * Says it to those who use a screen reader.
 *
 * @param {string} news
 */
export function announce(news) {
  find(document, "#news", HTMLElement).textContent = news;
}
