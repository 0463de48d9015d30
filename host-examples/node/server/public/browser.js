// The list with its tools: what is searched, filtered, sorted and chosen.

import { find } from "./dom.js";
import { many, number } from "./numbers.js";
import { arranged, isInScope, matches } from "./order.js";
import { PLACE_WORDS } from "./places.js";
import { Rows } from "./rows.js";
import { Search } from "./search.js";
import { Tools } from "./tools.js";
import { tally } from "./verdict.js";

/** @import { Filter, Scope } from "./order.js" */
/** @import { Sessions } from "./sessions.js" */
/** @import { Session } from "./verdict.js" */

export class Browser {
  /** @type {Set<string>} */
  chosen = new Set();
  #sessions;
  #search = new Search(() => this.refresh());
  #tools = new Tools(
    () => this.refresh(),
    (isNow) => this.#search.start(this.#tools.text, isNow),
  );
  #rows = new Rows({
    onTick: (session, isChosen) => this.#choose([session], isChosen),
    isChosen: (id) => this.chosen.has(id),
  });
  /** @type {Session[]} */
  #shown = [];
  #all = find(document, "#choose-all", HTMLInputElement);
  #restore = find(document, "#restore-chosen", HTMLButtonElement);
  #none = find(document, "#choose-none", HTMLButtonElement);
  #matches = find(document, "#matches", HTMLElement);

  /**
   * @param {Sessions} sessions
   * @param {() => void} onRestore
   */
  constructor(sessions, onRestore) {
    this.#sessions = sessions;
    this.#restore.addEventListener("click", onRestore);
    this.#none.addEventListener("click", () => this.chooseNone());
    this.#all.addEventListener("change", () => this.#choose(this.#shown, this.#all.checked));
    this.#matches.addEventListener("click", ({ target }) => {
      if (target instanceof HTMLButtonElement) {
        this.show("all");
        this.#rows.focus();
      }
    });
  }

  /** Shows the sessions as they are now. */
  refresh() {
    const sum = tally(this.#sessions.all());
    const filter = this.#filter;
    this.#tools.count(sum);
    this.#shown = arranged(this.#sessions.all(), filter);
    this.#rows.show(this.#shown, filter);
    this.#explain(filter);
    this.#showChosen();
  }

  /** @returns {Filter} */
  get #filter() {
    const { scope, text, sort } = this.#tools;
    return { scope, text, sort, found: this.#search.found };
  }

  /** Shows all sessions if none needs attention. */
  settle() {
    this.#tools.settle(tally(this.#sessions.all()));
    this.refresh();
  }

  /** @param {Scope} scope */
  show(scope) {
    this.#tools.scope = scope;
    this.refresh();
  }

  /** @param {string | undefined} id */
  open(id) {
    this.#rows.open(id);
  }

  /** What the keyboard does here. */
  get keys() {
    const rows = this.#rows;
    return {
      move: (/** @type {number} */ step) => rows.move(step),
      jump: (/** @type {"first" | "last" | "up" | "down"} */ where) => rows.jump(where),
      tick: () => rows.active && this.#choose([rows.active], !this.chosen.has(rows.active.id)),
      search: () => this.#tools.focus(),
      isInList: () => rows.hasFocus,
    };
  }

  focus() {
    this.#rows.focus();
  }

  focusButton() {
    this.#restore.focus();
  }

  /** @returns {boolean} whether there was a text */
  clearText() {
    const hadText = this.#tools.text !== "";
    this.#tools.clearText();
    this.#search.start("", true);
    this.refresh();
    return hadText;
  }

  chooseNone() {
    this.chosen.clear();
    this.#rows.draw();
    this.#showChosen();
    this.#all.focus();
  }

  /**
   * @param {Session[]} sessions
   * @param {boolean} isChosen
   */
  #choose(sessions, isChosen) {
    for (const { id } of sessions) {
      if (isChosen) {
        this.chosen.add(id);
      } else {
        this.chosen.delete(id);
      }
    }
    this.#rows.draw();
    this.#showChosen();
  }

  #showChosen() {
    const count = this.chosen.size;
    const here = this.#shown.filter(({ id }) => this.chosen.has(id)).length;
    this.#all.disabled = this.#shown.length === 0;
    this.#all.checked = here > 0 && here === this.#shown.length;
    this.#all.indeterminate = here > 0 && here < this.#shown.length;
    this.#restore.hidden = count === 0;
    this.#none.hidden = count === 0;
    this.#restore.textContent = `Restore the ${number(count)} chosen`;
    const words = `Choose ${this.#shown.length === 1 ? "this one" : `these ${number(this.#shown.length)}`}`;
    find(document, "#choose-words", HTMLElement).textContent =
      this.#shown.length === 0 ? "Choose all" : words;
  }

  /** @param {Filter} filter */
  #explain(filter) {
    const place = find(document, "#place-words", HTMLElement);
    const isPlace = filter.scope !== "attention" && filter.scope !== "all";
    place.hidden = !isPlace;
    place.textContent = isPlace
      ? PLACE_WORDS[/** @type {keyof typeof PLACE_WORDS} */ (filter.scope)][1]
      : "";
    const isEmpty = this.#shown.length === 0;
    find(document, "#empty", HTMLElement).textContent = isEmpty ? emptiness(filter) : "";
    this.#showMatches(filter);
  }

  /** @param {Filter} filter */
  #showMatches(filter) {
    const { text, scope } = filter;
    if (text === "") {
      this.#matches.replaceChildren();
      return;
    }
    const outside = this.#sessions
      .all()
      .filter((session) => !isInScope(session, scope) && matches(session, filter)).length;
    const count = this.#shown.length;
    const said = `${many(count, "session")} ${count === 1 ? "matches" : "match"}.`;
    const parts = [said, ...(this.#search.words ? [` ${this.#search.words}`] : [])];
    if (outside > 0) {
      const more = document.createElement("button");
      more.type = "button";
      more.textContent = `${number(outside)} more in “All”`;
      this.#matches.replaceChildren(...parts, " ", more);
    } else {
      this.#matches.replaceChildren(...parts);
    }
  }
}

/** @param {Filter} filter */
function emptiness({ scope, text }) {
  if (scope === "attention") {
    return text
      ? "No session that needs attention matches. Try “All”."
      : "No session needs attention.";
  }
  if (text) {
    return "No session matches.";
  }
  return scope === "all" ? "" : "No session is here any more.";
}
