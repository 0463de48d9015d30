// One session's row: its two files as bars on one scale, what happened, and the buttons.

import { clone, element, find, visible } from "./dom.js";
import { buttons, describe, fileState } from "./messages.js";
import { number } from "./numbers.js";
import { isRestored, isSalvaged } from "./verdict.js";

/** @import { File } from "../shapes.js" */
/** @import { Deed, Session } from "./verdict.js" */

/** @type {Deed[]} */
const DEEDS = ["restore", "merge", "salvage", "anyway", "undo"];

export class Row {
  #session;
  #icon;
  #state;
  #words;
  /** @type {Map<Deed, HTMLButtonElement>} */
  #buttons = new Map();

  /**
   * @param {Session} session
   * @param {(session: Session, deed: Deed) => void} onDeed
   */
  constructor(session, onDeed) {
    this.#session = session;
    this.element = clone("row");
    this.#icon = find(this.element, ".icon use", SVGUseElement);
    this.#state = find(this.element, ".state", HTMLElement);
    this.#words = find(this.element, ".words", HTMLElement);
    find(this.element, ".id", HTMLElement).textContent = visible(session.id);
    for (const deed of DEEDS) {
      const button = find(this.element, `.${deed}`, HTMLButtonElement);
      find(button, ".whose", HTMLElement).textContent = visible(session.id);
      button.addEventListener("click", () => onDeed(session, deed));
      this.#buttons.set(deed, button);
    }
    this.update();
  }

  /** Shows the session as it is now. */
  update() {
    const { tone, state, sentences } = describe(this.#session);
    this.element.dataset.tone = tone;
    this.#icon.setAttribute("href", `#icon-${tone}`);
    this.#state.textContent = state;
    this.#words.replaceChildren(...sentences.map((sentence) => element(sentence)));
    const labels = buttons(this.#session);
    for (const [deed, button] of this.#buttons) {
      this.#showButton(button, labels[deed]);
    }
    this.#showFiles();
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {string | undefined} label
   */
  #showButton(button, label) {
    if (!label && document.activeElement === button) {
      this.element.focus();
    }
    button.hidden = !label;
    button.setAttribute("aria-disabled", String(this.#session.busy !== undefined));
    find(button, ".label", HTMLElement).textContent = label ?? "";
  }

  #showFiles() {
    const { outcome, status } = this.#session;
    const { live, bak, live_messages, bak_messages, verdict } = status;
    const source = isSalvaged(this.#session) ? (outcome?.salvaged ?? 0) : bak_messages;
    const restored = source + (outcome?.merged ?? 0);
    const scale = Math.max(live_messages, bak_messages, restored, 1);
    const lost = verdict === "shrunken" ? scale - live_messages : 0;
    this.#showFile(".bak", bak, bak_messages / scale, 0, bak_messages);
    if (isRestored(this.#session)) {
      this.#showFile(".live", { state: "readable" }, restored / scale, 0, restored);
    } else {
      this.#showFile(".live", live, live_messages / scale, lost / scale, live_messages);
    }
  }

  /**
   * @param {string} selector
   * @param {File} file
   * @param {number} kept share of the scale
   * @param {number} lost share of the scale
   * @param {number} messages
   */
  #showFile(selector, file, kept, lost, messages) {
    const shown = find(this.element, selector, HTMLElement);
    shown.dataset.state = file.state;
    find(shown, ".kept", HTMLElement).style.inlineSize = percent(kept);
    find(shown, ".lost", HTMLElement).style.inlineSize = percent(lost);
    const isReadable = file.state === "readable";
    find(shown, ".count", HTMLElement).textContent = isReadable
      ? number(messages)
      : fileState(file);
    find(shown, ".unit", HTMLElement).hidden = !isReadable;
  }
}

/** @param {number} share */
function percent(share) {
  return `${Math.max(0, share) * 100}%`;
}
