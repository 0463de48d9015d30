// The rows in their groups, hurt sessions first; built piece by piece, as there may be thousands.

import { breathe, find } from "./dom.js";
import { Section } from "./section.js";

/** @import { Filter } from "./section.js" */
/** @import { Deed, Group, Session } from "./verdict.js" */

/** @type {[Group, string, string][]} */
const GROUPS = [
  [
    "hurt",
    "Lost messages",
    "The backup holds what the live file has lost. A restore puts it in the live file’s place.",
  ],
  [
    "orphan",
    "Only the backup is left",
    "The live file is gone; only the backup is left. “Restore all” brings these back, too.",
  ],
  ["unclear", "To be looked at", "These could not be judged safely, and are left as they are."],
  ["lost", "Beyond help", "Neither the live file nor a backup is a readable session."],
  [
    "guarded",
    "On purpose",
    "The backup holds more, but the application says that this is wanted. “Restore all” leaves these alone.",
  ],
  ["fine", "Fine", "Nothing is to be done."],
];

/** The groups that are shown only with all. */
const UNHURT = ["guarded", "fine"];

/** How long the browser may be kept busy with building rows, in milliseconds. */
const SLICE = 12;

export class List {
  /** @type {Map<Group, Section>} */
  #sections = new Map();
  /** @type {Filter} */
  #filter = { scope: "hurt", text: "" };
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
      section.isWanted = this.#filter.scope === "all" || !UNHURT.includes(group);
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
  if (scope === "hurt") {
    return text ? "No hurt session matches. Look among all?" : "No session is hurt.";
  }
  return text ? "No session matches." : "";
}
