// The findings of a full check, in lists: what to look at, what to repair, and what to know.

import { clone, element, find, visible } from "./dom.js";
import { many, moment, number } from "./numbers.js";
import { addressOf } from "./route.js";

/** @import { Audit, Finding } from "../shapes.js" */

/** @type {[Finding["category"], string, boolean][]} with whether it is shown at once */
const CATEGORIES = [
  ["unsafe_to_repair", "To look at", true],
  ["repairable", "To repair", false],
  ["information", "For information", false],
];

/** @type {Record<string, string>} */
const TITLES = {
  shrunken_live: "Lost messages",
  orphan_backup: "No live file",
  malformed_orphan_backup: "No live file, unreadable backup",
  state_db_deleted_webui_tombstone: "Backup of a deleted session",
  orphan_backup_without_state_row: "Backup of an unknown session",
  index_missing_file: "In the index, but without a live file",
  index_missing_entry: "Not in the index",
  turn_journal_pending_turn: "Sent, but not in the session",
  unreadable_live: "Unreadable live file",
  undecided: "Not judged",
  different_messages: "Not the same messages",
  guarded: "Shorter on purpose",
  leftover: "Left by an interrupted restore",
  kept: "Kept by a restore",
  odd_entry: "Not a session file",
  unreadable_record: "Unreadable record",
  temporary_file: "Left by an interrupted save",
  missing_messages: "Longer than the backup, but not complete",
  recorded_count: "Fewer messages than the file says",
  indexed_count: "Fewer messages than the index says",
  richer_context: "Fewer messages than the context",
  other_layout: "Written by another version",
  other_id: "Another ID inside",
  copy: "Copy of another session",
  kept_of_deleted: "Kept files of a deleted session",
  salvageable: "Whole messages in a damaged file",
  better_source: "A better source than the live file",
};

const OUTDATED =
  "Something was changed since the last check. Check everything again to see the present state.";

export class Check {
  #root = find(document, "#check", HTMLElement);
  #title = find(document, "#check-title", HTMLElement);
  #words = find(document, "#check-words", HTMLElement);
  #findings = find(document, "#findings", HTMLElement);
  #repair = find(document, "#repair", HTMLButtonElement);

  /** @param {() => void} onRepair */
  constructor(onRepair) {
    this.#repair.addEventListener("click", onRepair);
  }

  /** @param {Audit} audit */
  show({ summary, items }) {
    const lists = CATEGORIES.map(([category, title, isOpen]) => {
      const findings = items.filter((finding) => finding.category === category);
      return findings.length > 0 ? [listOf(findings, title, isOpen)] : [];
    });
    this.#findings.replaceChildren(...lists.flat());
    this.#repair.hidden = summary.repairable === 0;
    this.#repair.textContent = `Repair what can be repaired (${number(summary.repairable)})`;
    this.#say(result(summary, items.length));
  }

  /** Removes findings that may no longer be true. */
  outdate() {
    if (!this.#root.hidden) {
      this.#findings.replaceChildren();
      this.#repair.hidden = true;
      this.#say(OUTDATED);
    }
  }

  get words() {
    return this.#words.textContent;
  }

  focus() {
    this.#title.focus();
  }

  /** @param {string} words */
  #say(words) {
    this.#words.textContent = words;
    this.#root.hidden = false;
  }
}

/**
 * @param {Audit["summary"]} summary
 * @param {number} findings
 */
function result({ ok, repairable, unsafe_to_repair: unsafe }, findings) {
  const checked = `Checked ${many(ok, "session")}`;
  const known = findings - repairable - unsafe;
  if (findings === 0) {
    return `${checked}. Nothing is wrong.`;
  }
  return `${checked}: ${number(repairable)} to repair, ${number(unsafe)} to look at, ${number(known)} for information.`;
}

/**
 * @param {Finding[]} findings
 * @param {string} title
 * @param {boolean} isOpen
 */
function listOf(findings, title, isOpen) {
  const list = clone("findings-of-a-kind");
  list.toggleAttribute("open", isOpen);
  find(list, "h3", HTMLElement).textContent = `${title} (${number(findings.length)})`;
  find(list, "ul", HTMLElement).setAttribute("aria-label", title);
  find(list, "ul", HTMLElement).append(...findings.map(itemOf));
  return list;
}

/** @param {Finding} finding */
function itemOf(finding) {
  const item = document.createElement("li");
  const line = document.createElement("p");
  line.append(element(TITLES[finding.kind] ?? "Also found", "b"), ...subject(finding));
  item.append(line, element(finding.seen), ...turn(finding), element(finding.remedy));
  return item;
}

/**
 * The session and the file that it is about.
 *
 * @param {Finding} finding
 */
function subject({ session_id, name }) {
  const isNamed = session_id !== undefined && name?.startsWith(`${session_id}.`);
  const names = [isNamed ? undefined : session_id, name];
  const shown = names.flatMap((text) => (text === undefined ? [] : [" ", element(text, "code")]));
  return session_id === undefined ? shown : [...shown, " ", opener(session_id)];
}

/** @param {string} id */
function opener(id) {
  const link = document.createElement("a");
  link.href = addressOf(id);
  link.textContent = "Open";
  link.setAttribute("aria-label", `Open ${visible(id)}`);
  return link;
}

/** @param {Finding} finding */
function turn({ turn_id, event, created_at, characters = 0 }) {
  if (turn_id === undefined) {
    return [];
  }
  const when = created_at === undefined ? "" : ` on ${moment(created_at)}`;
  const text = many(characters, "character");
  return [element(`Turn ${visible(turn_id)}: ${event}${when}, ${text}.`)];
}
