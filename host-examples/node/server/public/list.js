// The rows in their groups, restorable ones first. Built piece by piece: there may be thousands.

import { breathe, find } from "./dom.js";
import { Section } from "./section.js";

/** @import { Filter } from "./section.js" */
/** @import { Deed, Group, Session } from "./verdict.js" */

/** @type {[Group, string, string][]} */
const GROUPS = [
  [
    "restorable",
    "Lost messages",
    "The backup has messages that the live file lost. A restore replaces the live file with a copy of the backup.",
  ],
  ["missing", "No live file", "Only the backup is left. “Restore all” includes these sessions."],
  [
    "salvageable",
    "Only by a salvage",
    "A damaged file still holds whole messages that no restore brings back. A salvage puts them in the live file’s place and keeps what it replaces.",
  ],
  [
    "unclear",
    "Unclear",
    "These sessions could not be judged safely. They stay as they are until you fix the cause.",
  ],
  [
    "lost",
    "Lost",
    "No file of these sessions can be read. Look for a copy outside this directory.",
  ],
  [
    "guarded",
    "Shorter on purpose",
    "The backup has more messages, but the user may not want them back. “Restore all” skips these sessions.",
  ],
  ["complete", "Complete", "Nothing needs to be restored."],
];

/** The groups that are shown only with all. */
const QUIET = ["guarded", "complete"];

/** How long the browser may be kept busy with building rows, in milliseconds. */
const SLICE = 12;

export class List {
  /** @type {Map<Group, Section>} */
  #sections = new Map();
  /** @type {Filter} */
  #filter = { scope: "attention", text: "" };
  #isBuilding = false;
  #empty;

  /**
   * @param {HTMLElement} root
   * @param {(session: Session, deed: Deed) => void} onDeed
   */
  constructor(root, onDeed) {
    this.#empty = find(root, "#empty", HTMLElement);
    for (const [group, title, explanation] of GROUPS) {
      const section = new Section(title, explanation, onDeed);
      this.#sections.set(group, section);
      root.append(section.element);
    }
  }

  clear() {
    for (const section of this.#sections.values()) {
      section.clear();
    }
  }

  /** @param {Session[]} sessions */
  add(sessions) {
    for (const session of sessions) {
      this.#sections.get(session.group)?.add(session);
    }
    this.#refresh();
  }

  /** @param {Session[]} sessions */
  update(sessions) {
    for (const session of sessions) {
      this.#sections.get(session.group)?.update(session);
    }
    this.#refresh();
  }

  /** @param {Filter} filter */
  filter(filter) {
    this.#filter = filter;
    this.#refresh();
  }

  #refresh() {
    for (const [group, section] of this.#sections) {
      section.isWanted = this.#filter.scope === "all" || !QUIET.includes(group);
      section.show(this.#filter);
    }
    const isEmpty = [...this.#sections.values()].every(({ element }) => element.hidden);
    this.#empty.textContent = isEmpty ? emptiness(this.#filter) : "";
    this.#build();
  }

  async #build() {
    if (this.#isBuilding) {
      return;
    }
    this.#isBuilding = true;
    let pause = performance.now() + SLICE;
    while ([...this.#sections.values()].some((section) => section.buildNext(this.#filter))) {
      if (performance.now() > pause) {
        await breathe();
        pause = performance.now() + SLICE;
      }
    }
    this.#isBuilding = false;
  }
}

/** @param {Filter} filter */
function emptiness({ scope, text }) {
  if (scope === "attention") {
    return text
      ? "No session that needs attention matches. Try “All”."
      : "No session needs attention.";
  }
  return text ? "No session matches." : "";
}
