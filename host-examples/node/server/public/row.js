// One session in the list: its title, its state, and what a restore would do.

import { clone, find, legible, visible, words } from "./dom.js";
import { describe, promise } from "./messages.js";
import { addressOf } from "./route.js";
import { snippet } from "./snippet.js";
import { timeElement } from "./times.js";

/** @import { Excerpt } from "../shapes.js" */
/** @import { Session } from "./verdict.js" */

/**
 * What a row shows besides its session.
 *
 * @typedef {object} Look
 * @property {number} at its place in the list, from 0
 * @property {number} of how many there are
 * @property {boolean} isChosen
 * @property {boolean} isOpen
 * @property {boolean} isActive whether the keyboard is here
 * @property {Excerpt | undefined} excerpt the message in which the searched text was found
 * @property {string[]} wanted the searched words
 */

export class Row {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.element = clone("row");
    this.tick = find(this.element, ".tick", HTMLInputElement);
    this.link = find(this.element, ".open", HTMLAnchorElement);
    this.link.href = addressOf(session.id);
  }

  /** @param {Look} look */
  show({ at, of, isChosen, isOpen, isActive, excerpt, wanted }) {
    const { id, status } = this.session;
    const { tone, state } = describe(this.session);
    const name = status.title === undefined ? visible(id) : legible(status.title);
    this.element.setAttribute("aria-posinset", String(at + 1));
    this.element.setAttribute("aria-setsize", String(of));
    this.element.dataset.tone = tone;
    this.element.classList.toggle("chosen", isChosen);
    this.element.classList.toggle("opened", isOpen);
    this.tick.checked = isChosen;
    this.tick.setAttribute("aria-label", `Choose ${name}`);
    this.tick.tabIndex = isActive ? 0 : -1;
    this.link.tabIndex = isActive ? 0 : -1;
    this.link.setAttribute("aria-current", String(isOpen));
    this.#say(".title", name);
    this.#say(".state", state);
    this.#say(".effect", promise(this.session));
    find(this.element, ".icon use", SVGUseElement).setAttribute("href", `#icon-${tone}`);
    this.#showId(excerpt, wanted);
    const when = status.updated === undefined ? [] : [timeElement(status.updated)];
    find(this.element, ".when", HTMLElement).replaceChildren(...when);
  }

  /**
   * @param {Excerpt | undefined} excerpt
   * @param {string[]} wanted
   */
  #showId(excerpt, wanted) {
    const { id, status } = this.session;
    const line = find(this.element, ".id", HTMLElement);
    line.classList.toggle("quoted", excerpt !== undefined);
    if (excerpt) {
      line.replaceChildren(snippet(excerpt, wanted));
    } else {
      line.replaceChildren(words(status.title === undefined ? "" : visible(id)));
    }
  }

  /**
   * @param {string} selector
   * @param {string} text
   */
  #say(selector, text) {
    const shown = find(this.element, selector, HTMLElement);
    if (shown.textContent !== text) {
      shown.textContent = text;
    }
  }
}
