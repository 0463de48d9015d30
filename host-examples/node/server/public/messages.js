// Every sentence about sessions, so that the whole page uses the same words.

import { linesOf, toldBy } from "./failure.js";
import { GUARDS } from "./guards.js";
import { many, number, size } from "./numbers.js";
import {
  damagedName,
  failureOf,
  gain,
  isDueToSalvage,
  isRestored,
  isSalvageable,
  isSalvaged,
  liveOnly,
  placeOf,
  remainsOf,
  standing,
} from "./verdict.js";

/** @import { Outcome, Status } from "../shapes.js" */
/** @import { Session, Tally } from "./verdict.js" */

/** @param {number} messages */
export function bringsBack(messages) {
  return `brings back ${many(messages, "message")}`;
}

/** @param {number} messages */
export function comeBack(messages) {
  return `${many(messages, "message")} ${messages === 1 ? "comes" : "come"} back`;
}

/** @param {number} messages */
export function goOut(messages) {
  return `${number(messages)} ${messages === 1 ? "goes" : "go"} out of sight`;
}

/** @param {number} messages */
export function areBack(messages) {
  return `${areMany(messages, "message")} back`;
}

/**
 * @param {number} n
 * @param {string} thing
 */
function areMany(n, thing) {
  return `${many(n, thing)} ${n === 1 ? "is" : "are"}`;
}

/**
 * Messages that no backup holds.
 *
 * @param {number} messages
 */
export function areOnlyLive(messages) {
  return `${areMany(messages, "message")} only in the live file.`;
}

/**
 * @param {string} verb
 * @param {number} done
 * @param {number} total
 * @param {string} [thing]
 */
export function progress(verb, done, total, thing = "session") {
  return `${verb} ${number(done)} of ${many(total, thing)}`;
}

/**
 * Says once what would otherwise be said for each of these sessions.
 *
 * @param {number} sessions
 */
export function backedOff(sessions) {
  return `${many(sessions, "session")} were not restored, because another program is at work on them. Wait until it has finished, then look again.`;
}

/**
 * The text of a session's row.
 *
 * @typedef {object} Words
 * @property {string} tone for colour and icon
 * @property {string} state in two or three words
 * @property {string[]} sentences
 */

/**
 * @param {Session} session
 * @returns {Words}
 */
export function describe(session) {
  const words = describeNow(session);
  return { ...words, sentences: [...(session.news ?? []), ...words.sentences] };
}

/**
 * What the list says beside a session's state, in a few words.
 *
 * @param {Session} session
 */
export function promise(session) {
  const { busy, back = 0, status } = session;
  if (busy) {
    return busy;
  }
  if (isRestored(session)) {
    return areBack(back);
  }
  const more = isDueToSalvage(session) ? (status.salvage?.gained ?? 0) : 0;
  switch (placeOf(session)) {
    case "restorable":
    case "missing":
      return [
        ...(status.verdict === "shrunken" ? [] : [`${number(gain(status))} come back`]),
        ...(more > 0 ? [`${number(more)} more by a salvage`] : []),
      ].join(", ");
    case "guarded":
      return `${number(gain(status))} only in the backup`;
    case "complete":
      return many(status.live_messages, "message");
    default:
      return "";
  }
}

/**
 * How many whole messages a damaged file holds, and how many it says that it held.
 *
 * @param {Session} session
 */
export function wholeMessages(session) {
  const { recorded = 0 } = remainsOf(session) ?? {};
  const { messages = 0 } = session.status.salvage ?? {};
  const whole = many(messages, "whole message");
  return recorded > messages ? `${whole} of ${number(recorded)}` : whole;
}

/**
 * What a damaged file still holds, and which of it comes back only by a salvage.
 *
 * @param {Session} session
 */
function remains(session) {
  const { salvage, recommend } = session.status;
  if (!salvage || !isSalvageable(session)) {
    return [];
  }
  const holds = `${damagedName(session)} is damaged, but still holds ${wholeMessages(session)}.`;
  const lacking = recommend === "restore" ? "A restore leaves out" : "The live file lacks";
  const isAll = session.status.live.state !== "readable" && recommend !== "restore";
  return isAll ? [holds] : [`${holds} ${lacking} ${number(salvage.gained)} of them.`];
}

/**
 * What a plain restore left in a damaged file.
 *
 * @param {Session} session
 */
function leftBehind(session) {
  const { salvage } = session.status;
  if (!salvage || !isSalvageable(session)) {
    return [];
  }
  const more = `${many(salvage.gained, "more message")} ${salvage.gained === 1 ? "is" : "are"}`;
  return [`${more} whole in ${damagedName(session)}. Put it in place to bring them back.`];
}

/**
 * What a salvage leaves out: messages of the other file.
 *
 * @param {Session} session
 */
export function leftOutBySalvage({ id, status: { live, bak, salvage } }) {
  const [ofLive, ofBackup] = [live.only_here ?? 0, bak.only_here ?? 0];
  const stay = (/** @type {number} */ n) => (n === 1 ? "It stays" : "They stay");
  if (salvage?.name === `${id}.json` && ofBackup > 0) {
    return [`${areMany(ofBackup, "message")} only in the backup. ${stay(ofBackup)} there.`];
  }
  if (salvage?.name === `${id}.json.bak` && ofLive > 0 && !salvage.forced) {
    return [`${areOnlyLive(ofLive)} ${stay(ofLive)} in the old live file.`];
  }
  return [];
}

/** @param {Session} session */
export function damage(session) {
  const words = remainsOf(session)?.damage ?? [];
  return words.length > 0
    ? [`What is wrong with ${damagedName(session)}: ${words.join("; ")}.`]
    : [];
}

/**
 * What an undo did.
 *
 * @param {Outcome} outcome
 */
export function undone({ action, source, kept, errors = [] }) {
  if (action === "failed") {
    return notUndone(errors.slice(0, 1).flatMap(toldBy));
  }
  if (action === "nothing") {
    return notUndone(["No kept file differs from the live file."]);
  }
  const replaced = kept === undefined ? "" : ` The file that it replaced is kept as ${kept}.`;
  const what = source === undefined ? "there is no live file again" : `${source} is in place again`;
  return [`Undone: ${what}.${replaced}`, ...errors.flatMap(toldBy)];
}

/** @param {string[]} failure */
export function notSalvaged([what = "", ...next]) {
  return [`Not salvaged: ${what}`, ...next];
}

/** @param {string[]} failure */
export function notUndone([what = "", ...next]) {
  return [`Not undone: ${what}`, ...next];
}

/**
 * @param {Session} session
 * @returns {Words}
 */
function describeNow(session) {
  if (isRestored(session)) {
    return describeRestored(session);
  }
  const failure = failureOf(session);
  if (failure && !session.busy) {
    const sentences = session.isToldOnce ? [] : failure;
    return { tone: "failed", state: "Not restored", sentences };
  }
  return describeFound(session);
}

/**
 * @param {Session} session
 * @returns {Words}
 */
function describeRestored(session) {
  const { outcome } = session;
  const state = isSalvaged(session) ? "Salvaged" : "Restored";
  const sentences = isSalvaged(session) ? salvaged(session) : restored(session);
  if (outcome?.action === "restored") {
    return { tone: "restored", state, sentences };
  }
  const doubts = (outcome?.errors ?? []).flatMap(toldBy);
  const unconfirmed = [...sentences, ...doubts];
  return { tone: "restored", state: `${state}, not confirmed`, sentences: unconfirmed };
}

/** @param {Session} session */
function restored(session) {
  const { id, outcome, back = 0 } = session;
  const kept = outcome?.kept ? ` The old live file is kept as ${outcome.kept}.` : "";
  const isBackup = outcome?.source === `${id}.json.bak`;
  const from = isBackup ? ". The backup is still there." : `, from ${outcome?.source}.`;
  const said = `${areBack(back)}${from}${kept}`;
  return [said, ...fateOfLiveOnly(session), ...leftBehind(session)];
}

/** @param {Session} session */
function salvaged(session) {
  const { id, outcome, back = 0 } = session;
  const isOwn = outcome?.source === `${id}.json`;
  const what = isOwn ? "damaged" : "old live";
  const kept = outcome?.kept ? ` The ${what} file is kept as ${outcome.kept}.` : "";
  const from = isOwn ? "the damaged live file" : outcome?.source;
  return [`${areBack(back)}, from ${from}.${kept}`, ...leftOutBySalvage(session)];
}

/**
 * What became of the messages that only the live file held.
 *
 * @param {Session} session
 */
function fateOfLiveOnly({ outcome, status }) {
  if (outcome?.merged) {
    const were = outcome.merged === 1 ? "was" : "were";
    return [
      `${many(outcome.merged, "message")} of the live file ${were} added after the backup’s.`,
    ];
  }
  const left = liveOnly(status);
  return left > 0 && outcome?.kept ? [`${areMany(left, "message")} only in the kept file.`] : [];
}

/**
 * @param {Session} session
 * @returns {Words}
 */
function describeFound(session) {
  const { status, better } = session;
  if (placeOf(session) === "better") {
    const holds = `${better} holds messages that the live file lacks.`;
    return { tone: "better", state: "A better source", sentences: [holds, ...problemsOf(status)] };
  }
  const tone = standing(session);
  switch (tone) {
    case "restorable": {
      const others = [...leftOut(status), ...remains(session), ...problemsOf(status)];
      return { tone, state: loss(status), sentences: [effect(status), ...others] };
    }
    case "missing":
      return {
        tone,
        state: "No live file",
        sentences: [effect(status), ...remains(session)],
      };
    case "salvageable": {
      const state = `${many(status.salvage?.gained ?? 0, "message")} to salvage`;
      return { tone, state, sentences: [...remains(session), ...problemsOf(status)] };
    }
    case "guarded":
      return withRemains(describeGuarded(status), session);
    case "unclear":
      return { tone, state: doubt(status), sentences: whyUnclear(status) };
    case "lost":
      return { tone, state: "Lost", sentences: problemsOf(status) };
    default:
      return withRemains(describeComplete(status), session);
  }
}

/**
 * @param {Words} words
 * @param {Session} session
 */
function withRemains(words, session) {
  return { ...words, sentences: [...words.sentences, ...remains(session)] };
}

/**
 * @param {Status} status
 * @returns {Words}
 */
function describeGuarded(status) {
  const [state, why] = GUARDS[status.guard ?? "unknown"];
  const alone = `${areMany(gain(status), "message")} only in the backup.`;
  return { tone: "guarded", state, sentences: [why, alone] };
}

/**
 * @param {Status} status
 * @returns {Words}
 */
function describeComplete(status) {
  const { verdict, reason, backup_only = 0 } = status;
  if (verdict !== "different") {
    return { tone: "complete", state: "Complete", sentences: [reason] };
  }
  const has = `The backup has ${many(backup_only, "message")} that the live file lacks.`;
  const others = liveOnly(status) > 0 ? [areOnlyLive(liveOnly(status))] : [];
  const stays = "It stays as it is, because a restore would not make it longer.";
  return { tone: "complete", state: "Differs from its backup", sentences: [has, ...others, stays] };
}

/** @param {Status} status */
function leftOut(status) {
  const messages = liveOnly(status);
  return messages > 0
    ? [`${areOnlyLive(messages)} A restore leaves them in the old live file, which is kept.`]
    : [];
}

/** @param {Status} status */
function loss(status) {
  return status.verdict === "damaged" ? "Damaged" : `${many(gain(status), "message")} lost`;
}

/** @param {Status} status */
function doubt({ verdict, recommend }) {
  if (verdict === "withheld") {
    return "Backup not used";
  }
  return recommend === "restore" ? "Cannot be replaced" : "Not judged";
}

/** @param {Status} status */
function whyUnclear({ error, remedy, reason }) {
  return error === undefined ? [reason] : linesOf({ error, remedy });
}

/** @param {Status} status */
function problemsOf({ live, bak }) {
  const named = /** @type {const} */ ([
    ["live file", live],
    ["backup", bak],
  ]);
  return named.flatMap(([name, file]) => {
    if (file.problem) {
      const words = file.salvage?.damage ?? [];
      const damage = words.length > 0 ? [`What is wrong with it: ${words.join("; ")}.`] : [];
      return [`The ${name} cannot be read: ${file.problem.message}.`, ...damage].join(" ");
    }
    return file.state === "missing" ? `There is no ${name}.` : [];
  });
}

/**
 * What a restore does.
 *
 * @param {Status} status
 */
export function effect(status) {
  const back = `A restore of the backup ${bringsBack(gain(status))}`;
  const isMissing = status.live.state === "missing";
  return isMissing ? `${back} in a new live file.` : `${back} and replaces ${liveFile(status)}.`;
}

/** @param {Status} status */
function liveFile({ live, live_messages }) {
  const bytes = live.bytes === undefined ? [] : [size(live.bytes)];
  const [name, details] =
    live.state === "unreadable"
      ? ["the damaged live file", bytes]
      : ["the live file", [many(live_messages, "message"), ...bytes]];
  return details.length > 0 ? `${name} (${details.join(", ")})` : name;
}

/**
 * What the page is doing.
 *
 * @typedef {"reading" | "unread" | "planning" | "checking" | "restoring" | "idle"} Phase
 */

const UNCHANGED = "This changes nothing.";

/**
 * The one sentence at the top, and the one below it.
 *
 * @param {Tally} sum
 * @param {Phase} phase
 * @returns {[string, string]}
 */
export function headline(sum, phase) {
  switch (phase) {
    case "reading":
      return ["Reading the sessions…", UNCHANGED];
    case "unread":
      return ["Not all sessions were read", `The list shows ${many(sum.sessions, "session")}.`];
    case "planning":
      return ["Making a plan…", UNCHANGED];
    case "checking":
      return ["Checking everything…", UNCHANGED];
    case "restoring":
      return ["Restoring…", `${areBack(sum.messagesBack)} so far.`];
    default:
      return result(sum);
  }
}

/**
 * @param {Tally} sum
 * @returns {[string, string]}
 */
function result({ sessions, at, different, restorable, lostMessages, failed, ...done }) {
  const { restored, messagesBack, salvageable, more } = done;
  const brings = more > 0 ? ` A salvage brings back ${number(more)} more.` : "";
  const others = at.unclear + at.lost + at.better;
  if (failed > 0 && failed === restorable) {
    const rest = restored > 0 ? ` ${many(restored, "session")} restored.` : "";
    return [`${many(failed, "session")} not restored`, `The reasons are below.${rest}`];
  }
  if (restorable > 0) {
    const restore = `A restore ${bringsBack(lostMessages)} and keeps what it replaces.${brings}`;
    return [`${many(restorable, "session")} can be restored`, restore];
  }
  if (restored > 0) {
    const next = "Open the sessions in the application. Their backups are still there.";
    return [
      `${many(restored, "session")} restored`,
      `${areBack(messagesBack)}.${brings || ` ${next}`}`,
    ];
  }
  if (salvageable > 0) {
    const salvage = `A salvage ${bringsBack(more)} from damaged files, and keeps these.`;
    return [`${many(salvageable, "session")} can be salvaged`, salvage];
  }
  if (others > 0) {
    const need = others === 1 ? "needs" : "need";
    return ["Nothing can be restored", `${many(others, "session")} ${need} your attention.`];
  }
  if (sessions > 0) {
    return ["Nothing needs to be restored", checked(sessions, at.guarded, different)];
  }
  const next = "Was the server started with the right directory?";
  return ["No sessions here", `The directory has no ID.json and no ID.json.bak. ${next}`];
}

/**
 * @param {number} sessions
 * @param {number} guarded
 * @param {number} different
 */
function checked(sessions, guarded, different) {
  const exceptions = [
    ...(guarded > 0
      ? [`${number(guarded)} ${guarded === 1 ? "is" : "are"} shorter on purpose.`]
      : []),
    ...(different > 0 ? [differs(different)] : []),
  ];
  const [all = "All are complete.", ...others] = exceptions;
  return [`Checked ${many(sessions, "session")}.`, all, ...others].join(" ");
}

/** @param {number} sessions */
function differs(sessions) {
  return sessions === 1
    ? "1 differs from its backup."
    : `${number(sessions)} differ from their backups.`;
}

/** @param {string[]} failure */
export function notRestored([what = "", ...next]) {
  return [`Not restored: ${what}`, ...next];
}

/**
 * What the undo of a run did.
 *
 * @param {string} run
 * @param {Outcome[]} outcomes
 */
export function runUndone(run, outcomes) {
  const done = outcomes.filter(({ restored }) => restored).length;
  const failures = outcomes.filter(({ action }) => action === "failed");
  const said = `The run ${run} was undone: ${areMany(done, "session")} as before.`;
  return [
    said,
    ...failures.map(({ session_id, errors = [] }) =>
      [`${session_id}:`, ...errors.slice(0, 1).flatMap(toldBy)].join(" "),
    ),
  ];
}

/**
 * What a sweep did.
 *
 * @param {number} restored
 * @param {number} failed
 */
export function swept(restored, failed) {
  return `${many(restored, "session")} restored, ${failed > 0 ? number(failed) : "none"} failed.`;
}
