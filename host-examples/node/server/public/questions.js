// What is asked before a session is restored or a restore is undone.

import { change, stayKept } from "./deeds.js";
import { box, element, short } from "./dom.js";
import { whyGuarded } from "./guards.js";
import { comeBack, damage, leftOutBySalvage } from "./messages.js";
import { many } from "./numbers.js";
import { damageOf, isDamaged } from "./sources.js";

/** @import { Event, Outcome, Source } from "../shapes.js" */
/** @import { Question } from "./confirmation.js" */
/** @import { Deed } from "./deeds.js" */
/** @import { Session } from "./verdict.js" */

export const STOP_FIRST =
  "Stop the chat application first. If it saves a message during a restore, that message can be lost.";

/**
 * @param {Session} session
 * @param {Deed} deed
 * @param {Source | undefined} source
 * @param {Outcome} outcome what a dry run of it says
 * @returns {Question}
 */
export function aboutDeed(session, deed, source, outcome) {
  const anyway = outcome.guard !== undefined && deed.how.ignore_guards;
  const put = `Put ${short(deed.source)} in place`;
  return {
    title: anyway ? `${put} anyway?` : `${put}?`,
    sentences: [
      ...(anyway ? [whyGuarded(outcome.guard ?? "unknown")] : []),
      ...effects(deed),
      ...(source && isDamaged(source) ? damageWords(source) : []),
      ...(session.status.salvage?.name === source?.name ? leftOutBySalvage(session) : []),
      ...(deed.how.salvage ? [...damage(session), ...leftOutBySalvage(session)] : []),
      STOP_FIRST,
    ],
    button: anyway ? "Put it in place anyway" : putButton(deed),
    plan: steps(session, outcome),
  };
}

/** @param {Deed} deed */
function putButton({ brings, adds }) {
  const added = adds > 0 ? ` and add ${many(adds, "message")}` : "";
  const back = brings === undefined || brings === 0 ? "" : `: ${comeBack(brings)}`;
  return `Put it in place${added}${back}`;
}

/** @param {Deed} deed */
function effects(deed) {
  const { hides, adds } = deed;
  const said = change(deed);
  const isAre = adds === 1 ? "is" : "are";
  return [
    `${said.slice(0, 1).toUpperCase()}${said.slice(1)}.${hides > 0 ? ` ${stayKept(hides)}` : ""}`,
    ...(adds > 0 ? [`${many(adds, "message")} ${isAre} added after the source’s.`] : []),
  ];
}

/** @param {Source} source */
function damageWords(source) {
  return [`What is wrong with ${source.name}: ${damageOf(source).join("; ")}.`];
}

/**
 * What would be done to which file.
 *
 * @param {Session} session
 * @param {Outcome} outcome of a dry run
 */
export function steps({ id }, { source, salvaged, merged = 0, live, kept }) {
  const target = `${id}.json`;
  const from = source ?? "";
  const verb = salvaged === undefined ? "Copy " : "Salvage ";
  const isSelf = from === target;
  const put = line(verb, from, ...(isSelf ? [] : [" to ", target]));
  const added = merged > 0 ? [line(`Add ${many(merged, "message")} of `, target)] : [];
  const keep =
    live.state === "missing"
      ? element("There is no live file now. Nothing is replaced.", "li")
      : line("Keep the old ", target, ...(kept ? [" as ", kept] : [" under another name"]));
  return [keep, put, ...added];
}

/**
 * A line in which every other part is a file's name.
 *
 * @param {...string} parts
 */
function line(...parts) {
  const shown = parts.map((part, at) => (isName(part, at) ? element(part, "code") : part));
  const text = document.createElement("p");
  text.append(...shown);
  return box("li", "step", text);
}

/**
 * @param {string} part
 * @param {number} at
 */
function isName(part, at) {
  return at % 2 === 1 && part !== " under another name";
}

/**
 * @param {Pick<Session, "id">} session
 * @param {string | undefined} kept the file that would be put back, if it is known
 * @param {boolean} isGone whether there was no live file before the restore
 * @returns {Question}
 */
export function aboutUndo({ id }, kept, isGone) {
  const what = isGone
    ? "There was no live file before. The restored one goes out of sight."
    : kept === undefined
      ? "The newest kept file that differs from the live file replaces it."
      : `The old live file, ${kept}, replaces the restored one.`;
  return {
    title: `Undo the restore of ${short(id)}?`,
    sentences: [
      what,
      "The restored live file is kept under another name. The backup does not change.",
      STOP_FIRST,
    ],
    button: "Undo",
  };
}

/**
 * @param {string} run
 * @param {Event[]} events those that can be undone
 * @returns {Question}
 */
export function aboutUndoRun(run, events) {
  const undo = `Undo ${many(events.length, "restore")}`;
  return {
    title: `${undo}?`,
    sentences: [
      `Every session that the run ${run} restored gets back the live file that it had before.`,
      "The restored live files are kept under other names. The backups do not change.",
      STOP_FIRST,
    ],
    button: undo,
  };
}
