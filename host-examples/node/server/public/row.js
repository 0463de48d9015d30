// One session's row: its two files as bars on one scale, what happened, and the button.

import { clone, element, find, visible } from "./dom.js";
import { number } from "./numbers.js";
import { isRestored } from "./verdict.js";
import { describe, fileState } from "./words.js";

/** @import { File } from "../shapes.js" */
/** @import { Session } from "./verdict.js" */

export class Row {
  #session;
  #icon;
  #state;
  #words;
  #button;

  /**
   * @param {Session} session
   * @param {(session: Session) => void} onRestore
   */
  constructor(session, onRestore) {
    this.#session = session;
    this.element = clone("row");
    this.#icon = find(this.element, ".icon use", SVGUseElement);
    this.#state = find(this.element, ".state", HTMLElement);
    this.#words = find(this.element, ".words", HTMLElement);
    this.#button = find(this.element, "button", HTMLButtonElement);
    find(this.element, ".id", HTMLElement).textContent = visible(session.id);
    this.#button.addEventListener("click", () => onRestore(session));
    this.update();
  }

  /** Shows the session as it is now. */
  update() {
    const { tone, state, sentences, button } = describe(this.#session);
    this.element.dataset.tone = tone;
    this.#icon.setAttribute("href", `#icon-${tone}`);
    this.#state.textContent = state;
    this.#words.replaceChildren(...sentences.map((sentence) => element(sentence)));
    this.#showButton(button);
    this.#showFiles();
  }

  /** @param {string | undefined} label */
  #showButton(label) {
    if (!label && document.activeElement === this.#button) {
      this.element.focus();
    }
    this.#button.hidden = !label;
    this.#button.setAttribute("aria-disabled", String(this.#session.isBusy ?? false));
    find(this.#button, ".label", HTMLElement).textContent = label ?? "";
    find(this.#button, ".whose", HTMLElement).textContent = visible(this.#session.id);
  }

  #showFiles() {
    const { live, bak, live_messages, bak_messages, recommend } = this.#session.status;
    const scale = Math.max(live_messages, bak_messages, 1);
    const lost = recommend === "restore" && live.state === "readable" ? scale - live_messages : 0;
    this.#showFile(".bak", bak, bak_messages / scale, 0, bak_messages);
    if (isRestored(this.#session)) {
      this.#showFile(".live", bak, bak_messages / scale, 0, bak_messages);
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
