// The list. Only rows that are in sight are in the document: there may be thousands.

import { find } from "./dom.js";
import { wordsOf } from "./order.js";
import { Row } from "./row.js";

/** @import { Filter } from "./order.js" */
/** @import { Session } from "./verdict.js" */

/** How many rows are ready above and below those in sight. */
const SPARE = 6;

/**
 * @typedef {object} Handlers
 * @property {(session: Session, isChosen: boolean) => void} onTick
 * @property {(id: string) => boolean} isChosen
 */

export class Rows {
  #frame = find(document, "#rows-frame", HTMLElement);
  #list = find(document, "#rows", HTMLElement);
  /** @type {Session[]} */
  #sessions = [];
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {Pick<Filter, "text" | "found">} */
  #filter = { text: "", found: new Map() };
  /** @type {string | undefined} */
  #active;
  /** @type {string | undefined} */
  #opened;
  #handlers;
  #isDue = false;

  /** @param {Handlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
    document.addEventListener("scroll", () => this.#soon(), { capture: true, passive: true });
    new ResizeObserver(() => this.#soon()).observe(this.#frame);
    this.#list.addEventListener("focusin", ({ target }) => this.#activate(target));
    this.#list.addEventListener("change", ({ target }) => this.#ticked(target));
  }

  /**
   * @param {Session[]} sessions in their order
   * @param {Pick<Filter, "text" | "found">} filter
   */
  show(sessions, filter) {
    this.#sessions = sessions;
    this.#filter = filter;
    this.draw();
  }

  /** @param {string | undefined} id of the session that is open beside the list */
  open(id) {
    this.#opened = id;
    this.#active = id ?? this.#active;
    this.draw();
  }

  get active() {
    return this.#sessions[this.#activeAt];
  }

  get hasFocus() {
    return this.#list.contains(document.activeElement);
  }

  /** @param {number} step how many rows down, or up */
  move(step) {
    const isFirst = !this.hasFocus && this.#active === undefined;
    this.#moveTo(isFirst ? 0 : this.#activeAt + step);
  }

  /** @param {"first" | "last" | "up" | "down"} where */
  jump(where) {
    const page = Math.max(1, Math.floor(this.#frame.clientHeight / this.#height) - 1);
    const last = this.#sessions.length - 1;
    const to = { first: 0, last, up: this.#activeAt - page, down: this.#activeAt + page };
    this.#moveTo(to[where]);
  }

  /** Puts the keyboard back to where it was in the list. */
  focus() {
    this.#moveTo(this.#activeAt);
  }

  /** @param {number} at */
  #moveTo(at) {
    const to = Math.min(Math.max(at, 0), this.#sessions.length - 1);
    const session = this.#sessions[to];
    if (!session) {
      return;
    }
    this.#active = session.id;
    this.#scrollTo(to);
    this.draw();
    this.#rows.get(session.id)?.link.focus({ preventScroll: true });
  }

  /** @param {number} at */
  #scrollTo(at) {
    this.draw();
    const height = this.#height;
    const scroller = this.#scroller;
    const frame = this.#frame.getBoundingClientRect();
    const view = scroller.getBoundingClientRect();
    const top =
      frame.top - view.top - scroller.clientTop + scroller.scrollTop - this.#frame.scrollTop;
    const [from, to] = [top + at * height, top + (at + 1) * height];
    if (from < scroller.scrollTop) {
      scroller.scrollTop = from - (scroller === this.#frame ? 0 : height);
    } else if (to > scroller.scrollTop + scroller.clientHeight) {
      scroller.scrollTop = to - scroller.clientHeight;
    }
  }

  /** What scrolls the list: its own frame, or on a small screen the whole page. */
  get #scroller() {
    const { overflowY } = getComputedStyle(this.#frame);
    return overflowY === "auto" ? this.#frame : find(document, "#frame", HTMLElement);
  }

  get #activeAt() {
    const at = this.#sessions.findIndex(({ id }) => id === this.#active);
    return Math.max(at, 0);
  }

  /** The height of each row in pixels. The style sheet gives it in the root's `rem`. */
  get #height() {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    return Number.parseFloat(getComputedStyle(this.#list).getPropertyValue("--row")) * rem;
  }

  /** @param {EventTarget | null} target */
  #activate(target) {
    const row = this.#rowOf(target);
    if (row && row.session.id !== this.#active) {
      this.#active = row.session.id;
      this.draw();
    }
  }

  /** @param {EventTarget | null} target */
  #ticked(target) {
    const row = this.#rowOf(target);
    if (row) {
      this.#handlers.onTick(row.session, row.tick.checked);
    }
  }

  /** @param {EventTarget | null} target */
  #rowOf(target) {
    const element = target instanceof Element ? target.closest(".row") : null;
    return [...this.#rows.values()].find((row) => row.element === element);
  }

  #soon() {
    if (!this.#isDue) {
      this.#isDue = true;
      requestAnimationFrame(() => {
        this.#isDue = false;
        this.draw();
      });
    }
  }

  /** Puts the rows in sight into the document, and shows them as they are now. */
  draw() {
    const height = this.#height;
    this.#list.style.blockSize = `${this.#sessions.length * height}px`;
    const wanted = this.#places(height);
    const kept = new Set(wanted.map((at) => this.#sessions[at]?.id));
    for (const [id, row] of this.#rows) {
      if (!kept.has(id)) {
        row.element.remove();
        this.#rows.delete(id);
      }
    }
    let after = /** @type {Element | null} */ (null);
    for (const at of wanted) {
      after = this.#place(at, height, after);
    }
  }

  /**
   * Which rows are wanted: those in sight, and the one with the keyboard.
   *
   * @param {number} height
   */
  #places(height) {
    const list = this.#list.getBoundingClientRect();
    const frame = this.#frame.getBoundingClientRect();
    const top = Math.max(0, frame.top);
    const bottom = Math.min(window.innerHeight, frame.bottom);
    const first = Math.max(0, Math.floor((top - list.top) / height) - SPARE);
    const last = Math.min(this.#sessions.length, Math.ceil((bottom - list.top) / height) + SPARE);
    const places = new Set([this.#activeAt]);
    for (let at = first; at < last; at += 1) {
      places.add(at);
    }
    return [...places].filter((at) => at < this.#sessions.length).sort((a, b) => a - b);
  }

  /**
   * @param {number} at
   * @param {number} height
   * @param {Element | null} after the row before it
   * @returns {Element | null}
   */
  #place(at, height, after) {
    const session = this.#sessions[at];
    if (!session) {
      return after;
    }
    const row = this.#rowFor(session);
    const { element } = row;
    element.style.transform = `translateY(${at * height}px)`;
    const { text, found } = this.#filter;
    row.show({
      at,
      of: this.#sessions.length,
      isChosen: this.#handlers.isChosen(session.id),
      isOpen: session.id === this.#opened,
      isActive: at === this.#activeAt,
      excerpt: found.get(session.id),
      wanted: wordsOf(text),
    });
    const next = after ? after.nextElementSibling : this.#list.firstElementChild;
    if (next !== element) {
      insert(this.#list, element, next);
    }
    return element;
  }

  /** @param {Session} session */
  #rowFor(session) {
    const known = this.#rows.get(session.id);
    if (known?.session === session) {
      return known;
    }
    known?.element.remove();
    const row = new Row(session);
    this.#rows.set(session.id, row);
    return row;
  }
}

/**
 * Moves an element without taking the keyboard from it.
 *
 * @param {Element} list
 * @param {Element} element
 * @param {Element | null} next
 */
function insert(list, element, next) {
  const { activeElement } = document;
  list.insertBefore(element, next);
  if (activeElement instanceof HTMLElement && element.contains(activeElement)) {
    activeElement.focus({ preventScroll: true });
  }
}
